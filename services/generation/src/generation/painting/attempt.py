"""One attempt at a task."""

import asyncio
import hashlib
import time
from contextlib import suppress
from datetime import UTC, datetime

import structlog
from pymongo.errors import PyMongoError

from common.errors import Conflict, Unavailable
from common.objects import ORIGINALS, ObjectStore
from generation import handlers
from generation.commands import CompleteGeneration, RecordImage
from generation.domain.tasks import Task, image_id
from generation.engines.base import Engine, EngineFailed, Job, JobCancelled, Picture
from generation.events import Order
from generation.handlers import Aggregates
from generation.painting.claims import Lease
from generation.projections import progress, tasks

log = structlog.get_logger()

NOTE_SECONDS = 0.2  # progress is written at most this often
LOOK_SECONDS = 1.0  # how soon a cancel is seen
STORE_PAUSES = (0.5, 1.0, 2.0, 4.0, 8.0)  # seconds between tries to store a file


class Attempt:
    """Paints the missing pictures of a claimed task one after another, records each at once, then completes it."""

    def __init__(
        self, task: Task, order: Order, lease: Lease, *, aggregates: Aggregates, engine: Engine, objects: ObjectStore
    ) -> None:
        self._task = task
        self._order = order
        self._lease = lease
        self._aggregates = aggregates
        self._engine = engine
        self._objects = objects
        self._cancelled = asyncio.Event()
        self._over = asyncio.Event()
        self._done = len(task.images)
        self._noted_at = 0.0
        self._noted = -1

    async def run(self) -> None:
        """Paint to the end. An engine's failure leaves the task to the next attempt."""
        keeping = asyncio.create_task(self._keep())
        try:
            for index in self._task.missing:
                await self._paint(index)
            done = CompleteGeneration(self._task.task_id, self._task.attempt, datetime.now(UTC))
            await handlers.complete_generation(done, self._aggregates)
            log.info("task_completed", task=self._task.task_id, attempt=self._task.attempt)
        except EngineFailed as error:
            log.warning("attempt_failed", task=self._task.task_id, attempt=self._task.attempt, error=repr(error))
        except (JobCancelled, Conflict) as error:
            log.info("attempt_ended", task=self._task.task_id, attempt=self._task.attempt, reason=repr(error))
        finally:
            self._over.set()
            await keeping

    async def _paint(self, index: int) -> None:
        job = Job(image_id(self._task.task_id, index), self._order, self._order.seed + index)
        if self._cancelled.is_set():
            raise JobCancelled
        picture = await self._engine.paint(job, self._note, self._cancelled)
        await self._record(index, picture)
        self._done += 1

    async def _record(self, index: int, picture: Picture) -> None:
        """Store the files, then say so; files of a picture that nobody wants any more are removed again."""
        stem = f"{self._task.task_id}/{self._task.token}-{self._task.attempt}-{index}"
        command = RecordImage(
            task_id=self._task.task_id,
            attempt=self._task.attempt,
            index=index,
            engine=self._engine.name,
            engine_version=self._engine.version,
            image_key=f"{stem}.png",
            thumbnail_key=f"{stem}-thumb.webp",
            sha256=hashlib.sha256(picture.png).hexdigest(),
            now=datetime.now(UTC),
        )
        await self._store(command.image_key, picture.png)
        await self._store(command.thumbnail_key, picture.thumbnail)
        try:
            await handlers.record_image(command, self._aggregates)
        except Conflict:
            await self._objects.delete(ORIGINALS, command.image_key)
            await self._objects.delete(ORIGINALS, command.thumbnail_key)
            raise

    async def _store(self, key: str, data: bytes) -> None:
        """Put a file; a store that is away for some seconds does not cost the attempt."""
        for pause in STORE_PAUSES:
            try:
                return await self._objects.put(ORIGINALS, key, data)
            except Unavailable:
                await asyncio.sleep(pause)
        return await self._objects.put(ORIGINALS, key, data)

    async def _note(self, part: float) -> None:
        """Note the progress over the whole batch; 100 is for the completed task alone."""
        percent = min(99, int(100 * (self._done + part) / self._order.batch_size))
        now = time.monotonic()
        if percent > self._noted and now - self._noted_at >= NOTE_SECONDS:
            self._noted, self._noted_at = percent, now
            with suppress(PyMongoError):  # a hint for people, not worth an attempt
                await progress.note(self._lease.db, self._task.task_id, percent)

    async def _keep(self) -> None:
        """Keep the lease; stop the painting when it is lost, the task cancelled, or the database gone."""
        tick = min(LOOK_SECONDS, self._lease.seconds / 3)
        with suppress(PyMongoError):
            while await self._lease.extend() and await self._wanted():
                with suppress(TimeoutError):
                    async with asyncio.timeout(tick):
                        await self._over.wait()
                        return
        self._cancelled.set()

    async def _wanted(self) -> bool:
        return await tasks.still_running(self._lease.db, self._task.task_id, self._task.attempt)
