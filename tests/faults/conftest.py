"""What the session shares: one short run of faults, and servers for those who need no such run."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from faults.harness import Report, running
from faults.menu import KINDS, schedule
from faults.servers import FaultServers
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


@pytest.fixture(scope="session")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaultServers]:
    """Every server, whole; who kills one starts it again, and each stage takes a fresh space of the broker."""
    started = FaultServers(tmp_path_factory.mktemp("servers"))
    await asyncio.to_thread(started.start)
    yield started
    await asyncio.to_thread(started.stop)
