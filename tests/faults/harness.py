"""The whole in turn: start, faults under load, recovery, settlement, observation, judgement; round after round."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from common.testing.eventually import eventually
from faults.checks import Verdict, judged
from faults.crowd import crowd
from faults.menu import KINDS, Fault, World, schedule, touched
from faults.observe import Observer
from faults.recorder import Recorder
from faults.servers import FaultServers
from faults.situation import Situation
from faults.stage import FaultStage
from faults.tap import Tap
from faults.workload import CREDITS, PATIENCE, Town

QUIET_SECONDS = 90.0  # without any progress
WARM_SECONDS = 600.0
WARM = 4  # public works before the first fault

Say = Callable[[str], None]


@dataclass
class Report:
    """What a run has come to."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    verdicts: list[Verdict] = field(default_factory=list)
    requests: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def kept(self) -> bool:
        """Whether every promise was."""
        return all(verdict.kept for verdict in self.verdicts)


class Harness:
    """One suite under faults, from `running` on."""

    def __init__(self, world: World, town: Town, seed: int, users: int, lanes: int, say: Say) -> None:
        self.world = world
        self.town = town
        self.report = Report(seed)
        self._users = users
        self._lanes = lanes
        self._say = say
        self._busy: set[str] = set()
        self._free = asyncio.Condition()
        self._rounds = 0

    async def round(self, faults: list[Fault], deadline: float = float("inf")) -> Situation:
        """Faults under load until all have been, or the deadline; then what is there."""
        self._rounds += 1
        over, waiting = asyncio.Event(), iter(faults)
        dice = random.Random(f"{self.report.seed} {self._rounds}")
        working = asyncio.create_task(crowd(self.town, self._users, dice, over, f"u{self.report.seed}r{self._rounds}n"))
        try:
            await eventually(self._public_works, lambda works: works >= WARM, within=WARM_SECONDS)
            async with asyncio.TaskGroup() as group:
                for _ in range(self._lanes):
                    group.create_task(self._lane(waiting, deadline))
        finally:
            over.set()
            await working
        return await self.reckoning()

    async def _public_works(self) -> int:
        return len(self.town.gallery)

    async def reckoning(self) -> Situation:
        """Wait until all is whole and quiet, settle what is unsure, look, judge."""
        await self.world.stage.whole()
        await asyncio.gather(*(player.settle() for player in self.town.people))
        if not await self.world.observer.quiet(QUIET_SECONDS):
            self._say("  it does not become quiet; what hangs is told below")
        situation = await self.world.observer.situation()
        self.report.verdicts = judged(situation)
        self.report.requests = Counter(answer.outcome.value for answer in self.town.recorder.answers)
        return situation

    async def _lane(self, faults: Iterator[Fault], deadline: float) -> None:
        for fault in faults:
            if time.monotonic() > deadline:
                return
            async with self._alone_with(touched(fault)):
                await self._commit(fault)

    async def _commit(self, fault: Fault) -> None:
        began = time.time()
        async with KINDS[fault.kind](self.world, fault.target):
            await asyncio.sleep(fault.seconds)
        self.report.faults[fault.kind] += 1
        took, number = time.time() - began, self.report.faults.total()
        self.town.recorder.fault(fault.target, kind=fault.kind, seconds=took, seed=self.report.seed)
        clock = time.strftime("%H:%M:%S", time.gmtime(began))
        answers = Counter(answer.outcome.value for answer in self.town.recorder.answers[-200:])
        self._say(f"{number:4} {clock} {took:5.1f} s  {fault.kind:34} {fault.target:28} last 200: {dict(answers)}")

    @asynccontextmanager
    async def _alone_with(self, names: set[str]) -> AsyncIterator[None]:
        """Two faults never hold the same process."""
        async with self._free:
            await self._free.wait_for(lambda: not names & self._busy)
            self._busy |= names
        try:
            yield
        finally:
            async with self._free:
                self._busy -= names
                self._free.notify_all()


@asynccontextmanager
async def running(
    folder: Path, seed: int, *, users: int, lanes: int, say: Say, **settings: str
) -> AsyncIterator[Harness]:
    """A suite of its own in `folder`, stopped in the end."""
    servers, recorder = FaultServers(folder), Recorder(folder / "answers.jsonl")
    limits = httpx.Limits(max_connections=users * 2, max_keepalive_connections=users)
    try:
        await asyncio.to_thread(servers.start)
        stage = FaultStage(folder, servers, {"SIGNUP_CREDITS": str(CREDITS), **settings})
        try:
            await stage.open()
            async with httpx.AsyncClient(base_url=stage.url, timeout=PATIENCE, limits=limits) as http:
                town = Town(stage.url, http, recorder)
                observer, tap = Observer(stage, servers, town), Tap(servers.rabbitmq_url)
                await tap.collect()
                yield Harness(World(stage, servers, tap, observer, random.Random(seed)), town, seed, users, lanes, say)
        finally:
            await stage.close()
    finally:
        recorder.close()
        await asyncio.to_thread(servers.stop)


async def run(
    folder: Path, seed: int, count: int, minutes: float, *, users: int, lanes: int, each: int, say: Say
) -> Report:
    """`count` faults or `minutes`, whichever ends first, judged after each `each` faults."""
    began = time.monotonic()
    faults = schedule(seed, count)
    async with running(folder, seed, users=users, lanes=lanes, say=say) as harness:
        while faults and time.monotonic() < began + minutes * 60:
            await harness.round(faults[:each], began + minutes * 60)
            faults = faults[each:]
            report = harness.report
            lost = sum(len(v.losses) for v in report.verdicts)
            doubled = sum(len(v.doubles) for v in report.verdicts)
            say(f"after {report.faults.total()} faults: losses {lost}, doubles {doubled}, {dict(report.requests)}")
            if not report.kept:
                break
    harness.report.seconds = time.monotonic() - began
    return harness.report
