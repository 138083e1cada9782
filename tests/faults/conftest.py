"""One short run of faults for the whole session: what it reports, and the situation after it."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from faults.harness import Report, running
from faults.menu import KINDS, schedule
from faults.situation import Situation

SEED = 7
USERS = 5
LANES = 3


@dataclass(frozen=True)
class Aftermath:
    """A report and what it is about."""

    report: Report
    situation: Situation
    lines: list[str]


@pytest.fixture(scope="session")
async def aftermath(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Aftermath]:
    """Every kind of fault once, at a fixed seed, under load."""
    lines: list[str] = []
    async with running(tmp_path_factory.mktemp("faults"), SEED, users=USERS, lanes=LANES, say=lines.append) as harness:
        situation = await harness.round(schedule(SEED, len(KINDS)))
        yield Aftermath(harness.report, situation, lines)
