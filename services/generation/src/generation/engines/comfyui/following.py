"""One job on one server, from its submission to its end."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog

from generation.engines.base import JobCancelled, OnPreview, OnProgress
from generation.engines.comfyui.answers import Cause, Failed, Outcome
from generation.engines.comfyui.client import Unreachable
from generation.engines.comfyui.listener import Listener, Watch
from generation.engines.comfyui.pace import Pace
from generation.engines.comfyui.server import Clock, Server
from generation.engines.comfyui.waiting import first_of
from generation.engines.comfyui.workflow import Graph

log = structlog.get_logger()


class Following:
    """Submits a job or takes one up, and waits for its end. Queue and history are the truth, the socket a hint."""

    def __init__(
        self,
        server: Server,
        prompt_id: str,
        output: str,
        *,
        on_progress: OnProgress,
        on_preview: OnPreview | None,
        cancelled: asyncio.Event,
        pace: Pace,
        clock: Clock,
    ) -> None:
        self._server = server
        self._id = prompt_id
        self._output = output
        self._on_progress = on_progress
        self._on_preview = on_preview
        self._cancelled = cancelled
        self._pace = pace
        self._clock = clock
        self._quiet_since = clock()
        self._silent_since: float | None = None
        self._stopping_since: float | None = None
        self._told = 0.0

    async def submit(self, graph: Graph) -> Outcome:
        """Submit the job and see it through. Whether a submission without answer arrived is found by looking."""
        with self._server.listener.watch(self._id) as watch:
            await self._server.listener.ready(self._pace.socket)
            watch.look = False
            try:
                refused = await self._server.client.submit(graph, self._id, self._server.listener.client_id)
            except Unreachable as error:
                log.warning("comfyui_submission_unanswered", job=self._id, server=self._server.url, error=str(error))
                watch.ended()
            else:
                if refused is not None:
                    await self._stop()  # a graph that is refused in part runs all the same
                    return refused
            listening = self._server.listener.connected
            outcome = await self._end(watch)
            if listening and self._server.listener.connected and not watch.heard:
                log.info("comfyui_socket_deaf", server=self._server.url)
                self._server.listener.renew()
            return outcome

    async def attach(self) -> Outcome:
        """See a job through that was submitted before; what is said of it is heard in place of who submitted it."""
        async with self._heir() as listener:
            with listener.watch(self._id) as watch:
                await listener.ready(self._pace.socket)
                watch.ended()
                return await self._end(watch)

    @asynccontextmanager
    async def _heir(self) -> AsyncIterator[Listener]:
        """A listener under the id that the job was submitted with; one that has ended says nothing more to anybody."""
        own, client_id = self._server.listener, None
        with suppress(Unreachable):
            client_id = (await self._server.look()).clients.get(self._id)
        if client_id in (None, own.client_id):
            yield own
            return
        listener = Listener(self._server.url, client_id)
        try:
            yield listener
        finally:
            await listener.close()

    async def _end(self, watch: Watch) -> Outcome:
        """The outcome; raises `JobCancelled` when the job was stopped on that wish."""
        while True:
            if self._stopping_since is None:
                await self._hear(watch)
            outcome = await self._look()
            if self._cancelled.is_set():
                await self._give_up(outcome, watch)
            elif outcome is not None:
                return outcome
            elif self._clock() - self._quiet_since >= self._pace.job:
                await self._stop()
                return Failed(Cause.STALLED, f"no progress for {self._pace.job:.0f} s")

    async def _hear(self, watch: Watch) -> None:
        """Tell progress until it is time to look: the job may have ended, the poll is due, or it is cancelled."""
        due = self._clock() + self._pace.poll
        await self._tell(watch)
        while not (watch.look or self._cancelled.is_set()) and (left := due - self._clock()) > 0:
            await first_of(watch.news, self._cancelled, within=left)
            watch.news.clear()
            await self._tell(watch)
        watch.look = False

    async def _tell(self, watch: Watch) -> None:
        if watch.part > self._told:
            self._told, self._quiet_since = watch.part, self._clock()
            await self._on_progress(watch.part)
        if self._on_preview is not None and watch.preview is not None:
            preview, watch.preview = watch.preview, None
            await self._on_preview(preview.data, preview.mime)

    async def _look(self) -> Outcome | None:
        """The outcome; none while the job waits, runs, or its server may come back."""
        try:
            outcome = await self._seen()
        except Unreachable as error:
            self._server.gone()
            if self._silent_since is None:
                self._silent_since = self._clock()
            if self._clock() - self._silent_since >= self._pace.grace:
                return Failed(Cause.UNREACHABLE, str(error))
            return None
        self._silent_since = None
        return outcome

    async def _seen(self) -> Outcome | None:
        """A job moves from queue to history: one that is in neither at the first look is lost at the second."""
        for _ in range(2):
            outcome = await self._server.client.history(self._id, self._output)
            if outcome is not None:
                return outcome
            queue = await self._server.look()
            if self._id in queue.pending:
                self._quiet_since = self._clock()
            if self._id in queue:
                return None
        return Failed(Cause.LOST, "neither in the queue nor in the history")

    async def _give_up(self, outcome: Outcome | None, watch: Watch) -> None:
        """Stop the job, again at each look, until it is over; raises `JobCancelled` then, or when it takes too long."""
        if self._stopping_since is None:
            self._stopping_since = self._clock()
        if outcome is not None:
            with suppress(Unreachable):
                await self._server.client.forget(self._id)
            raise JobCancelled
        if self._clock() - self._stopping_since >= self._pace.cancel:
            log.warning("comfyui_job_does_not_stop", job=self._id, server=self._server.url)
            raise JobCancelled
        await self._stop()
        await first_of(watch.news, within=self._pace.poll / 4)
        watch.news.clear()

    async def _stop(self) -> None:
        """Take the job out of the queue; if it has left the queue by then, interrupt it, and nobody else's."""
        with suppress(Unreachable):
            await self._server.client.withdraw(self._id)
            if self._id in (await self._server.look()).running:
                await self._server.client.interrupt(self._id)
