"""Claiming tasks: a lease says who is alive, the event `GenerationStarted` says whose pictures count."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from common import telemetry
from common.context import Context, bound, new_id
from common.errors import Conflict
from common.mongo import Database, drop_lease, take_lease
from generation import handlers
from generation.commands import StartGeneration
from generation.domain.queue import Waiting
from generation.domain.tasks import Task
from generation.handlers import Aggregates
from generation.projections import queue

log = structlog.get_logger()

WORKER = f"{socket.gethostname()}:{os.getpid()}"


@dataclass(frozen=True)
class Lease:
    """One attempt's hold on its task, by the database's clock; `owner` begins with the worker's host and process."""

    db: Database
    task_id: str
    owner: str
    seconds: float

    async def extend(self) -> bool:
        """Take or keep it; false when another holds it."""
        return await take_lease(self.db, queue.lease_name(self.task_id), self.owner, self.seconds)

    async def drop(self) -> None:
        """Let the next one have the task at once."""
        await drop_lease(self.db, queue.lease_name(self.task_id), self.owner)


@asynccontextmanager
async def claimed(aggregates: Aggregates, lease_seconds: float) -> AsyncIterator[tuple[Task, Lease] | None]:
    """The next task for this worker, held until the block ends; none when there is nothing to do.

    Inside the block the context is that of the request, so that its correlation id and its trace go on.
    """
    db = aggregates.store.db
    abandoned, line = await asyncio.gather(queue.abandoned(db), queue.line(db))
    for waiting in [*abandoned, *line]:
        lease = Lease(db, waiting.task_id, f"{WORKER} {new_id()}", lease_seconds)
        if not await lease.extend():
            continue
        try:
            context = Context(waiting.correlation_id, actor=waiting.user_id)
            with bound(context), telemetry.resuming("paint", waiting.traceparent):
                task = await _start(waiting, aggregates)
                if task is not None:
                    yield task, lease
                    return
        finally:
            await lease.drop()
    yield None


async def _start(waiting: Waiting, aggregates: Aggregates) -> Task | None:
    """The task, started; none when it is no longer to be had."""
    command = StartGeneration(waiting.task_id, waiting.attempt + 1, datetime.now(UTC))
    try:
        task = await handlers.start_generation(command, aggregates)
    except Conflict as error:
        log.info("task_not_claimed", task=waiting.task_id, reason=error.code)
        return None
    if task.finished:
        log.error("task_given_up", task=task.task_id, attempts=task.attempt)
        return None
    return task
