"""Claiming tasks: a lease says who is alive, the event `GenerationStarted` says whose pictures count."""

import asyncio
import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog
from pymongo.errors import PyMongoError

from common import telemetry
from common.context import Context, bound, new_id
from common.errors import AppError, Conflict
from common.mongo import Database, drop_lease, take_lease
from generation import handlers
from generation.commands import ReleaseGeneration, StartGeneration
from generation.domain.queue import Waiting
from generation.domain.tasks import Task
from generation.handlers import Aggregates
from generation.projections import queue

log = structlog.get_logger()

RELEASE_SECONDS = 1.5  # a worker that stops waits no longer for the database

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
        """Let the next one have the task at once; while the database is away, when the lease runs out."""
        with suppress(PyMongoError):
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
        if await lease.extend():
            async with _started(waiting, lease, aggregates) as task:
                if task is not None:
                    yield task, lease
                    return
    yield None


@asynccontextmanager
async def _started(waiting: Waiting, lease: Lease, aggregates: Aggregates) -> AsyncIterator[Task | None]:
    """The task, if it can be started; at the end the lease is dropped, and the try given back if this was cancelled."""
    try:
        context = Context(waiting.correlation_id, actor=waiting.user_id)
        with bound(context), telemetry.resuming("paint", waiting.traceparent):
            try:
                yield await _start(waiting, aggregates)
            except asyncio.CancelledError:
                await release(waiting.task_id, waiting.attempt + 1, aggregates)
                raise
    finally:
        await lease.drop()


async def release(task_id: str, attempt: int, aggregates: Aggregates) -> None:
    """Give the try of a worker that is told to stop back, if the database takes it within `RELEASE_SECONDS`."""
    command = ReleaseGeneration(task_id, attempt, datetime.now(UTC))
    with suppress(PyMongoError, AppError, TimeoutError):
        async with asyncio.timeout(RELEASE_SECONDS):
            await handlers.release_generation(command, aggregates)
            log.info("attempt_released", task=task_id, attempt=attempt)


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
