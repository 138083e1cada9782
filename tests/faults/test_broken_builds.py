"""Real broken builds: the suite starts with one promise taken out, works for a while, and the checker says so."""

import asyncio
import random
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from faults.checks import Verdict, judged
from faults.observe import Observer
from faults.recorder import Recorder
from faults.servers import FaultServers
from faults.stage import REPLICAS, FaultStage
from faults.workload import CREDITS, PATIENCE, Player, Town

MUTATIONS = Path(__file__).parent / "mutations"
SINGLES = tuple(name for name in REPLICAS if "#" not in name)
QUIET_SECONDS = 12.0  # what is broken may hang for ever

CAUGHT_BY = {
    "inbox_ignored": "every message handled; inboxes bounded",
    "marked_before_published": "every message handled; inboxes bounded",
    "charged_twice": "the ledger is exact, charged once by what was delivered",
    "refund_forgotten": "the ledger is exact, charged once by what was delivered",
    "view_update_dropped": "read models equal their rebuild",
    "fence_removed": "delivered pictures load, exactly as many",
    "answered_before_written": "likes are exact, in details and lists",
    "handler_fails": "no sound message among the dead letters",
}
"""Mutation (see `mutations/sitecustomize.py`) and the promise that the checker finds broken."""


@pytest.fixture(scope="module")
async def servers(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaultServers]:
    started = FaultServers(tmp_path_factory.mktemp("broken-servers"))
    await asyncio.to_thread(started.start)
    yield started
    await asyncio.to_thread(started.stop)


async def verdicts_of(mutation: str, servers: FaultServers, folder: Path) -> list[Verdict]:
    """What the checker finds after a short journey through a suite that is broken in this way."""
    await asyncio.to_thread(servers.fresh_broker_space, secrets.token_hex(4))
    settings = {"SIGNUP_CREDITS": str(CREDITS), "PYTHONPATH": str(MUTATIONS), "FAULT_MUTATION": mutation}
    stage, recorder = FaultStage(folder, servers, settings, SINGLES), Recorder(folder / "answers.jsonl")
    try:
        await stage.open()
        async with httpx.AsyncClient(base_url=stage.url, timeout=PATIENCE) as http:
            town = Town(stage.url, http, recorder)
            observer = Observer(stage, servers, town)
            await journey(town, observer)
            return judged(await observer.situation(verified=()))
    finally:
        recorder.close()
        await stage.close()


async def journey(town: Town, observer: Observer) -> None:
    """Two people paint; one publishes; the other likes, looks, comments and follows; a task is cancelled."""
    alice, bob = (Player(town, f"{name}{secrets.token_hex(3)}", random.Random(name)) for name in ("al", "bo"))
    for player in (alice, bob):
        await player.join()
        for _ in range(3):
            await player.generate()
        await player.cancel()
    await observer.quiet(QUIET_SECONDS)
    for _ in range(3):
        await alice.publish()
    for work in town.gallery:
        await bob.wish_like(work, liked=True)
        await bob.view()
        await bob.comment()
    await bob.follow()
    await observer.quiet(QUIET_SECONDS)


@pytest.mark.parametrize("mutation", CAUGHT_BY)
async def test_a_broken_build_is_caught(mutation: str, servers: FaultServers, tmp_path: Path) -> None:
    broken = {verdict.promise for verdict in await verdicts_of(mutation, servers, tmp_path) if not verdict.kept}
    assert CAUGHT_BY[mutation] in broken


async def test_the_sound_build_is_not_accused(servers: FaultServers, tmp_path: Path) -> None:
    accused = [verdict for verdict in await verdicts_of("", servers, tmp_path) if not verdict.kept]
    assert accused == []
