"""One ComfyUI server as the pool sees it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import structlog

from generation import metrics
from generation.engines.comfyui.answers import Queue
from generation.engines.comfyui.breaker import Breaker
from generation.engines.comfyui.checking import CHECKPOINTS, choices, classes, complaints, loader, too_old
from generation.engines.comfyui.client import ComfyClient, Unreachable
from generation.engines.comfyui.listener import Listener
from generation.engines.comfyui.pace import Pace
from generation.engines.comfyui.workflow import Workflow

log = structlog.get_logger()

ROOM = 2  # one job runs, one waits, so that the server never idles between two
LIST_SECONDS = 15.0  # how long a list of checkpoints holds
MOST_SHOWN = 20  # jobs that operators are told of

Clock = Callable[[], float]


@dataclass(frozen=True)
class Standing:
    """What the choice of a server depends on.

    `room` is how many jobs it takes at once, `jobs` how many it has of anybody's, `mine` how many of this process.
    """

    up: bool
    room: int
    jobs: int
    mine: int
    loaded: str | None

    @property
    def works(self) -> bool:
        """It answers, and is not left alone."""
        return self.up and self.room > 0


@dataclass(frozen=True)
class State:
    """How one worker sees the server, for operators.

    `running` are this worker's jobs, `queued` everybody's; `breaker` is closed, open or half_open; `lacks` says why
    the graph cannot run there, `jobs` are the ids of what is painted there, anybody's.
    """

    url: str
    up: bool
    breaker: str
    draining: bool
    running: int
    queued: int
    loaded: str | None
    version: str | None
    checkpoints: int
    lacks: tuple[str, ...]
    jobs: tuple[str, ...]


class Server:
    """Its connections, and what is known of it: whether it answers, its queue, its checkpoints.

    A server that is `draining` gets no new jobs; those it has are seen through.
    """

    def __init__(self, url: str, clock: Clock, pace: Pace, *, draining: bool = False) -> None:
        self.url = url
        self.client = ComfyClient(url, pace)
        self.listener = Listener(url)
        self.breaker = Breaker(pace.pause)
        self.draining = draining
        self.checkpoints: tuple[str, ...] | None = None
        self.version: str | None = None
        self.workflow: Workflow | None = None
        self.lacks: tuple[str, ...] = ()
        self._checked = False
        self._clock = clock
        self._up = False
        self._mine = 0
        self._queued = 0
        self._painted: tuple[str, ...] = ()
        self._loaded: str | None = None
        self._looked_at: float | None = None
        self._listed_at: float | None = None
        self._distrusted = False

    @property
    def standing(self) -> Standing:
        """As of now."""
        room = self.breaker.room(self._clock(), ROOM)
        return Standing(self._up, room, max(self._mine, self._queued), self._mine, self._loaded)

    @property
    def state(self) -> State:
        """As of now."""
        breaker = self.breaker.state(self._clock())
        listed = len(self.checkpoints or ())
        return State(
            self.url,
            self._up,
            breaker,
            self.draining,
            self._mine,
            max(self._mine, self._queued),
            self._loaded,
            self.version,
            listed,
            self.lacks,
            self._painted,
        )

    def may_have(self, model: str) -> bool:
        """Whether the graph can run with this checkpoint, as far as is known."""
        if self.lacks:
            return False
        return self.checkpoints is None or model in self.checkpoints

    @contextmanager
    def held(self) -> Iterator[None]:
        """Count a job while the block runs."""
        self._mine += 1
        try:
            yield
        finally:
            self._mine -= 1
            self._queued = max(0, self._queued - 1)

    def painted(self, model: str) -> None:
        """It has painted with this checkpoint, so that it works, and has it loaded."""
        metrics.SERVER_JOBS.labels(self.url).inc()
        self.breaker.succeeded()
        self._loaded = model

    async def look(self) -> Queue:
        """The queue now; raises `Unreachable`."""
        try:
            queue = await self.client.queue()
        except Unreachable:
            self.gone()
            raise
        self._up, self._queued, self._looked_at = True, len(queue), self._clock()
        self._painted = tuple(sorted(queue.running)[:MOST_SHOWN])
        return queue

    def gone(self) -> None:
        """It did not answer."""
        if self._up:
            log.warning("comfyui_gone", url=self.url)
        metrics.SERVER_FAILURES.labels(self.url, "unreachable").inc()
        self._up, self._checked, self._looked_at = False, False, self._clock()
        self.breaker.failed(self._clock())

    async def refresh(self, older_than: float) -> None:
        """Look at its health and queue, and now and then at its lists, unless that was done within `older_than` s."""
        now = self._clock()
        recent = self._looked_at is not None and now - self._looked_at < older_than
        if recent or not self.breaker.room(now, ROOM):
            return
        try:
            await self.look()
            while self._listed_at is None or self._clock() - self._listed_at >= LIST_SECONDS:
                await self._list()
        except Unreachable as error:
            log.info("comfyui_unreachable", url=self.url, error=str(error))

    async def _list(self) -> None:
        """Ask for version and checkpoints; raises `Unreachable`, and the old list stays."""
        self._distrusted = False
        self.version = await self.client.version()
        self.checkpoints = await self._checkpoints()
        if not self._checked or self.lacks:
            await self._check()
        if not self._distrusted:
            self._listed_at = self._clock()

    async def _checkpoints(self) -> tuple[str, ...]:
        """By the list of files for the usual loader, else by what the graph's own takes."""
        loads, name = loader(self.workflow) if self.workflow else (CHECKPOINTS, "ckpt_name")
        if loads == CHECKPOINTS:
            return await self.client.checkpoints()
        return choices(await self.client.node_class(loads), name) or ()

    async def _check(self) -> None:
        """Whether the graph can run here; again with each list until it can, and after the server was away."""
        names = classes(self.workflow) if self.workflow else []
        infos = await asyncio.gather(*(self.client.node_class(name) for name in names))
        lacks = complaints(self.workflow, dict(zip(names, infos, strict=True))) if self.workflow else []
        lacks = too_old(self.version or "") + lacks
        if tuple(lacks) != self.lacks:
            log.error(
                "comfyui_cannot_run_the_graph" if lacks else "comfyui_can_run_the_graph", url=self.url, lacks=lacks
            )
        self.lacks, self._checked = tuple(lacks), True

    def distrust_list(self) -> None:
        """The list of checkpoints is out of date, and so is one that is on its way."""
        self._distrusted = True
        self._listed_at = self._looked_at = None

    async def jobs(self) -> set[str]:
        """The ids of the jobs that wait, run or are on record there, of the latest ones; raises `Unreachable`."""
        queue = await self.look()
        return {*queue.running, *queue.pending, *await self.client.recorded()}

    async def discard(self, prompt_id: str) -> None:
        """Take a job out that nobody wants: of the queue, of the graphics card, of the record; raises `Unreachable`."""
        await self.client.withdraw(prompt_id)
        if prompt_id in (await self.look()).running:
            await self.client.interrupt(prompt_id)
        await self.client.forget(prompt_id)

    async def close(self) -> None:
        """End the connections; jobs go on, for a later attempt to find."""
        await self.listener.close()
        await self.client.close()
