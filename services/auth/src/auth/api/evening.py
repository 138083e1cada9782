"""Answers that tell nothing by how long they took."""

import asyncio
import math
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from common.errors import AppError


@asynccontextmanager
async def evened(step: float) -> AsyncIterator[None]:
    """Holds back a refusal to the next whole multiple of `step` seconds since the block began; 0 holds nothing back.

    A login with an unknown name costs the same hash as one with a wrong password, but not the write that counts it.
    """
    clock = asyncio.get_running_loop().time
    began = clock()
    try:
        yield
    except AppError:
        if step:
            await asyncio.sleep(began + math.ceil((clock() - began) / step) * step - clock())
        raise
