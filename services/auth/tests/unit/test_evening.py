"""Refusals are held back to whole steps; what succeeds is not."""

import asyncio

import pytest

from auth.api.evening import evened
from common.errors import Unauthorized

STEP = 0.05


async def refused_after(work: float, step: float) -> float:
    """The seconds until a refusal whose reason took `work` seconds to find."""
    clock = asyncio.get_running_loop().time
    began = clock()
    with pytest.raises(Unauthorized):
        await refused(work, step)
    return clock() - began


async def refused(work: float, step: float) -> None:
    async with evened(step):
        await asyncio.sleep(work)
        raise Unauthorized


async def test_refusals_take_whole_steps_however_long_their_reasons_took() -> None:
    for work in (0.0, STEP / 4, STEP / 2):
        assert await refused_after(work, STEP) >= STEP * 0.99
    assert await refused_after(STEP * 1.5, STEP) >= STEP * 1.99


async def test_without_a_step_and_without_a_refusal_nothing_waits() -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    assert await refused_after(0, 0) < 60
    async with evened(3600):
        pass
    assert clock() - began < 60
