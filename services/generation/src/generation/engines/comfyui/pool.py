"""The servers, and which of them gets the next job."""

import asyncio
import time
from collections.abc import AsyncIterator, Container, Sequence
from contextlib import asynccontextmanager
from functools import partial

import structlog

from common import cancelling
from generation.engines.base import EngineFailed, JobCancelled
from generation.engines.comfyui.answers import Cause
from generation.engines.comfyui.pace import Pace
from generation.engines.comfyui.server import Clock, Server, Standing
from generation.engines.comfyui.waiting import first_of
from generation.engines.comfyui.workflow import Workflow

log = structlog.get_logger()


def choose(standings: Sequence[Standing], model: str, *, crowded: bool = False) -> int | None:
    """The place of the least busy server with room; the one that has `model` loaded among equally busy ones.

    So nothing ever waits for a loaded model. `crowded` takes a server filled by other programs as well, as
    long as this process has no job there.
    """
    free = [
        place
        for place, server in enumerate(standings)
        if server.works and (server.jobs < server.room or (crowded and not server.mine))
    ]
    return min(free, key=lambda n: (standings[n].jobs, standings[n].loaded != model), default=None)


class Pool:
    """Servers that share the work. Jobs wait here rather than there."""

    def __init__(
        self,
        urls: Sequence[str],
        draining: Container[str] = (),
        pace: Pace | None = None,
        clock: Clock = time.monotonic,
    ) -> None:
        self.pace = pace or Pace()
        self.clock = clock
        self.servers = [Server(url, clock, self.pace, draining=url in draining) for url in urls]
        self._always_draining = draining
        self._freed = asyncio.Event()
        self._looks: dict[Server, asyncio.Task[None]] = {}  # under way

    def expect(self, workflow: Workflow) -> None:
        """Give no job to a server that cannot run this graph."""
        for server in self.servers:
            server.workflow = workflow

    def drain(self, urls: Container[str]) -> None:
        """Give these servers no new jobs, and those that were drained before and are not among them new ones again."""
        for server in self.servers:
            draining = server.url in urls or server.url in self._always_draining
            if draining != server.draining:
                log.info("comfyui_draining" if draining else "comfyui_reopened", url=server.url)
            server.draining = draining
        self._freed.set()

    @asynccontextmanager
    async def held(self, server: Server) -> AsyncIterator[Server]:
        """Count a job of this process on the server; whoever waits for room looks again afterwards."""
        try:
            with server.held():
                yield server
        finally:
            self._freed.set()

    @asynccontextmanager
    async def server_for(
        self, model: str, without: Container[Server], cancelled: asyncio.Event, *, rather_not: Container[Server] = ()
    ) -> AsyncIterator[Server | None]:
        """A server with room, waited for; none when no other than `without` can have the model.

        It is one of `rather_not` only where no other works. Where only drained ones can have the model, it is waited
        for until an operator puts one back.

        Raises:
            EngineFailed: no server has answered for `pace.patience`.
            JobCancelled: `cancelled` was set.
        """
        since = self.clock()
        while not cancelled.is_set():
            self._freed.clear()
            able = await self._able(model, without)
            if not able and not any(s.draining and s.may_have(model) and s not in without for s in self.servers):
                yield None
                return
            waited = self.clock() - since
            wanted = [s for s in able if s not in rather_not and s.standing.works] or able
            place = choose([s.standing for s in wanted], model, crowded=waited >= self.pace.patience)
            if place is not None:
                async with self.held(wanted[place]):
                    yield wanted[place]
                return
            if able and waited >= self.pace.patience and not any(s.standing.up for s in able):
                raise EngineFailed(f"none of {[s.url for s in able]} answers", cause=Cause.UNREACHABLE)
            await first_of(self._freed, cancelled, within=self.pace.poll)
        raise JobCancelled

    async def _able(self, model: str, without: Container[Server]) -> list[Server]:
        """The servers that may have the model, by a list made just now when the one at hand says that none has."""

        def able() -> list[Server]:
            return [s for s in self.servers if s not in without and not s.draining and s.may_have(model)]

        await self.refresh()
        if not able():
            for server in self.servers:
                server.distrust_list()
            await self.refresh()
        return able()

    async def refresh(self) -> None:
        """Look at each server that was not looked at within the last poll; one that hangs is not waited for long."""
        for server in self.servers:
            if server not in self._looks:
                self._looks[server] = asyncio.create_task(server.refresh(self.pace.poll))
                self._looks[server].add_done_callback(partial(self._looked, server))
        await asyncio.wait(self._looks.values(), timeout=self.pace.look)

    def _looked(self, server: Server, look: asyncio.Task[None]) -> None:
        """Whatever went wrong with one server is no trouble of the others."""
        del self._looks[server]
        if not look.cancelled() and (error := look.exception()) is not None:
            log.error("comfyui_look_failed", url=server.url, exc_info=error)

    async def close(self) -> None:
        """End all connections."""
        await cancelling.cancelled(*self._looks.values())
        await asyncio.gather(*(server.close() for server in self.servers))
