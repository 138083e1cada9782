"""Real broken builds: for every promise the suite starts with it taken out, works for a while, and the checker says so.

Breaking a suite costs one start of it, so each world holds all mutations that do not hide one another.
"""

import asyncio
import random
import re
import secrets
from pathlib import Path

import httpx
import pytest

from common.testing.eventually import eventually
from faults import checks
from faults.checks import CHECKS, Check, Verdict, judged
from faults.observe import Observer
from faults.recorder import Recorder
from faults.servers import FaultServers
from faults.situation import Situation
from faults.stage import REPLICAS, FaultStage
from faults.workload import CREDITS, PATIENCE, Player, Town

MUTATIONS = Path(__file__).parent / "mutations"
SINGLES = tuple(name for name in REPLICAS if "#" not in name)
QUIET_SECONDS = 8.0  # of standstill: what is broken may hang for ever
PAINTED_SECONDS = 120.0
PUBLISHED = 2  # works
ORDER = {"prompt": "月光下的雪山", "size": "512x512", "steps": 10, "batchSize": 2}
JUDGING = ["works"]  # services that are asked to verify themselves: the one that knows what pictures there must be

WORLDS: dict[str, dict[str, tuple[Check, str]]] = {
    "orders": {
        "registration_forgotten": (checks.users, r"^user cy\w+ is gone"),
        "follow_forgotten": (checks.follows, r"has 0 of 1 follows"),
        "logout_ends_the_process": (checks.processes, r"^auth ended by itself"),
        "order_repeated": (checks.tasks, r"^key \S+ made 2 tasks"),
        "given_up_at_once": (checks.tasks, r"was given up after 0 tries"),
        "cancel_ignored": (checks.cancels, r"^task \S+ completed"),
        "fence_removed": (checks.images, r"was delivered 2 times"),
        "charged_twice": (checks.books, r"^reserved \d+ stands at -\d"),
        "refund_forgotten": (checks.ledger, r"refunded 0 instead of [1-9]"),
        "thumbnail_not_stored": (checks.verified, r"-thumb\.webp of work-\d+: is missing"),
    },
    "gallery": {
        "picture_overlooked": (checks.works, r"^picture \S+ of \w+ is no work"),
        "copy_not_stored": (checks.publications, r"^the picture of work \d+ answers 404"),
        "answered_before_written": (checks.likes, r"has 0 of 1 likes"),
        "look_counted_again": (checks.views, r"^view-\S+ counts twice"),
        "comment_repeated": (checks.comments, r"is there 2 times"),
        "users_not_followed": (checks.read_models, r"^auth\.users/\d+ differs: "),
        "number_skipped": (checks.logs, r"^works: comment-\d+ lacks event 1"),
        "looks_not_counted": (checks.statistics, r"^total_views of \w+ is 0 instead of [1-9]"),
        "inbox_ignored": (checks.inboxes, r"^stats has not handled"),
        "marked_before_published": (checks.inboxes, r"^works has not handled"),
        "publication_not_noted": (checks.dead_letters, r"^generation: works\.WorkPublished\S* RuntimeError"),
        "consumer_hangs": (checks.queues, r"^gateway holds \d+ messages"),
    },
}
"""By world: mutation (a function of that name in `mutations/`), the check that finds it, and words for it alone."""


async def situation_of(mutations: str, servers: FaultServers, folder: Path) -> Situation:
    """What is there after a short journey through a suite that is broken in these ways."""
    await asyncio.to_thread(servers.fresh_broker_space, secrets.token_hex(4))
    settings = {"SIGNUP_CREDITS": str(CREDITS), "PYTHONPATH": str(MUTATIONS), "FAULT_MUTATION": mutations}
    stage, recorder = FaultStage(folder, servers, settings, SINGLES), Recorder(folder / "answers.jsonl")
    try:
        await stage.open()
        async with httpx.AsyncClient(base_url=stage.url, timeout=PATIENCE) as http:
            town = Town(stage.url, http, recorder)
            observer = Observer(stage, servers, town)
            await journey(town, observer)
            await stage.whole()
            return await observer.situation(verified=JUDGING)
    finally:
        recorder.close()
        await stage.close()


async def journey(town: Town, observer: Observer) -> None:
    """Two people paint, a third is only registered; what the first publishes pleases the second, who then logs out.

    A fourth comes when all services have long been told what was before them.
    """
    alice, bob, cyril, dora = (
        Player(town, f"{name}{secrets.token_hex(3)}", random.Random(name)) for name in ("al", "bo", "cy", "do")
    )
    for player in (alice, bob, cyril):
        await player.join()
    for player in (alice, bob):
        for key in ("first", "second", "second", "cancelled"):
            await player.order(f"{player.name}-{key}", ORDER)
        await player.cancel()
    await eventually(lambda: observer.works_of(alice), lambda works: len(works) >= PUBLISHED, within=PAINTED_SECONDS)
    for _ in range(PUBLISHED):
        await alice.publish()
    for work in town.gallery:
        await bob.wish_like(work, liked=True)
        for _ in range(2):
            await bob.look(work)
            await bob.say(work, f"{bob.name}-{work}")
    await bob.follow()
    await dora.join()
    await bob.log_out()
    await observer.quiet(QUIET_SECONDS)


def said(verdict: Verdict) -> list[str]:
    return [*verdict.losses, *verdict.doubles]


@pytest.mark.parametrize("world", WORLDS)
async def test_every_mutation_of_a_broken_world_is_caught(world: str, servers: FaultServers, tmp_path: Path) -> None:
    mutations = WORLDS[world]
    situation = await situation_of(",".join(mutations), servers, tmp_path)
    accusations = {name: said(check(situation)) for name, (check, _) in mutations.items()}
    uncaught = {
        name: accusations[name]
        for name, (_, words) in mutations.items()
        if not any(re.search(words, accusation) for accusation in accusations[name])
    }
    assert uncaught == {}


async def test_the_sound_build_is_not_accused(servers: FaultServers, tmp_path: Path) -> None:
    situation = await situation_of("", servers, tmp_path)
    assert [verdict for verdict in judged(situation) if not verdict.kept] == []


def test_every_promise_is_taken_out_of_some_build() -> None:
    assert {check for world in WORLDS.values() for check, _ in world.values()} == set(CHECKS)
