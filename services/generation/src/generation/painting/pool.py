"""The worker's care for its pool: it follows what operators wish, tells how the servers stand, and clears away jobs
that nobody wants any more."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict

import structlog
from pymongo.errors import PyMongoError

from common.context import new_id
from common.mongo import Database, inserts
from generation import metrics
from generation.domain.tasks import task_of
from generation.engines.comfyui import Pool, Unreachable
from generation.engines.comfyui.placing import picture_of
from generation.engines.comfyui.server import Server
from generation.painting.claims import WORKER
from generation.projections import pool as wishes
from generation.projections import tasks

log = structlog.get_logger()

FOLLOW_SECONDS = 2.0
SWEEP_EVERY = 10  # looks
BREAKER = {"closed": 0, "half_open": 1, "open": 2}


class PoolKeeper:
    """Keeps one worker's pool, for as long as the worker runs."""

    def __init__(self, db: Database, pool: Pool) -> None:
        self.worker = f"{WORKER} {new_id()}"
        self._db = db
        self._pool = pool

    async def run(self) -> None:
        """Look now, then at each change of a wish and every `FOLLOW_SECONDS`; at the end the reports are withdrawn."""
        try:
            async with inserts(self._db, "pool_servers", patience=FOLLOW_SECONDS) as changed:
                looks = 0
                while True:
                    await changed()
                    await self.look()
                    if looks % SWEEP_EVERY == 0:
                        await self.sweep()
                    looks += 1
        finally:
            with suppress(PyMongoError, TimeoutError):
                async with asyncio.timeout(1):
                    await wishes.withdrawn(self._db, self.worker)

    async def look(self) -> None:
        """Drain what is to be drained, and report."""
        self._pool.drain(await wishes.draining(self._db))
        await self._pool.refresh()
        states = [server.state for server in self._pool.servers]
        for state in states:
            metrics.SERVER_UP.labels(state.url).set(state.up)
            metrics.SERVER_RUNNING.labels(state.url).set(state.running)
            metrics.SERVER_BREAKER.labels(state.url).set(BREAKER[state.breaker])
        await wishes.report(self._db, self.worker, [asdict(state) for state in states])

    async def sweep(self) -> None:
        """Discard the jobs of tasks that have ended: cancelled while no worker lived, or left by one that was killed.

        Jobs of tasks that this database does not know are somebody else's.
        """
        for server in self._pool.servers:
            if server.standing.up:
                with suppress(Unreachable):
                    await self._sweep(server)

    async def _sweep(self, server: Server) -> None:
        jobs = _by_task(await server.jobs())
        for task_id in await tasks.ended(self._db, jobs):
            for prompt_id in jobs[task_id]:
                log.info("comfyui_job_discarded", job=prompt_id, server=server.url)
                await server.discard(prompt_id)


def _by_task(prompt_ids: Iterable[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for prompt_id in prompt_ids:
        if picture := picture_of(prompt_id):
            found.setdefault(task_of(picture), []).append(prompt_id)
    return found
