"""One attempt at a task."""

import asyncio
import hashlib
import time
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import structlog
from pymongo.errors import PyMongoError

from common.cancelling import cancelled
from common.errors import Conflict
from common.labelling import BadPicture, Darkroom, Developed
from generation import handlers, metrics
from generation.commands import CompleteGeneration, FailGeneration, RecordImage
from generation.domain.tasks import Task, image_id
from generation.engines.base import Engine, EngineFailed, Job, JobCancelled, Picture
from generation.events import Order
from generation.handlers import Aggregates
from generation.painting.claims import Lease
from generation.painting.storing import Storing
from generation.projections import previews, progress, tasks

log = structlog.get_logger()

NOTE_SECONDS = 0.2  # progress is written at most this often
LOOK_SECONDS = 1.0  # how soon a cancel is seen
UNUSABLE: Mapping[str, str] = {
    "unreadable": "绘图服务返回的文件不是可用的图片，这张图片的积分已退还",
    "too_large": "绘图服务返回的图片过大，这张图片的积分已退还",
    "animated": "绘图服务返回了动图，这张图片的积分已退还",
    "wrong_size": "绘图服务返回的图片尺寸不符，这张图片的积分已退还",
}
"""What the user is told of an engine's file, by its fault."""


class Attempt:
    """Paints the missing pictures of a claimed task, `abreast` at once, records each as it comes, then completes it."""

    def __init__(
        self,
        task: Task,
        order: Order,
        lease: Lease,
        *,
        aggregates: Aggregates,
        engine: Engine,
        storing: Storing,
        darkroom: Darkroom,
        abreast: int = 1,
    ) -> None:
        self._task = task
        self._order = order
        self._lease = lease
        self._aggregates = aggregates
        self._engine = engine
        self._storing = storing
        self._darkroom = darkroom
        self._abreast = asyncio.Semaphore(abreast)
        self._cancelled = asyncio.Event()
        self._over = asyncio.Event()
        self._parts = dict.fromkeys(task.images, 1.0)
        self._noted_at = 0.0
        self._noted = -1

    async def run(self) -> None:
        """Paint to the end. What may succeed in another attempt is left to it."""
        painting = asyncio.create_task(self._paint_all())
        keeping = asyncio.create_task(self._keep(painting))
        try:
            await asyncio.wait([painting])
        finally:
            await cancelled(painting)
            self._over.set()
            await keeping
            with suppress(PyMongoError):
                await previews.drop(self._lease.db, self._task.task_id)
        if not painting.cancelled():
            painting.result()

    async def _paint_all(self) -> None:
        try:
            await _all(self._paint(index) for index in self._task.missing)
            done = CompleteGeneration(self._task.task_id, self._task.attempt, datetime.now(UTC))
            await handlers.complete_generation(done, self._aggregates)
            log.info("task_completed", task=self._task.task_id, attempt=self._task.attempt)
        except EngineFailed as error:
            metrics.FAILURES.labels(self._engine.name, error.cause).inc()
            log.warning(
                "attempt_failed",
                task=self._task.task_id,
                attempt=self._task.attempt,
                cause=error.cause,
                error=repr(error),
            )
            await self._fail(error.reason)
        except (JobCancelled, Conflict) as error:
            log.info("attempt_ended", task=self._task.task_id, attempt=self._task.attempt, reason=repr(error))

    async def _fail(self, reason: str | None) -> None:
        """End the task when there is a reason why no attempt can succeed."""
        if reason is not None:
            command = FailGeneration(self._task.task_id, self._task.attempt, reason, datetime.now(UTC))
            with suppress(Conflict):
                await handlers.fail_generation(command, self._aggregates)

    async def _paint(self, index: int) -> None:
        async def note(part: float) -> None:
            self._parts[index] = part
            await self._note()

        async def show(data: bytes, _mime: str) -> None:
            with suppress(PyMongoError):  # as with progress
                await previews.show(self._lease.db, self._task.task_id, index, data)

        name, seed = image_id(self._task.task_id, index), self._order.seed + index
        job = Job(name, self._order, seed, attempt=self._task.attempt, on_preview=show)
        async with self._abreast:
            if self._cancelled.is_set():
                raise JobCancelled
            picture = await self._engine.paint(job, note, self._cancelled)
            await self._record(index, picture, await self._developed(job, picture))
            await picture.clear()
            self._parts[index] = 1.0

    async def _developed(self, job: Job, picture: Picture) -> Developed:
        """The files to keep. What no file can be made of ends this picture at once: its seed would bring the same."""
        size = (job.order.width, job.order.height)
        try:
            return await self._darkroom.develop(picture.data, job.id, picture.source, size, picture.notes)
        except BadPicture as error:
            await picture.clear()
            raise EngineFailed(f"{error.fault}: {error}", cause="bad_picture", reason=UNUSABLE[error.fault]) from error

    async def _record(self, index: int, picture: Picture, made: Developed) -> None:
        """Store the files, then say so; files of a picture that nobody wants any more are removed again."""
        stem = f"{self._task.task_id}/{self._task.token}-{self._task.attempt}-{index}"
        command = RecordImage(
            task_id=self._task.task_id,
            attempt=self._task.attempt,
            index=index,
            engine=self._engine.name,
            engine_version=picture.version or self._engine.version,
            image_key=f"{stem}.png",
            thumbnail_key=f"{stem}-thumb.webp",
            sha256=hashlib.sha256(made.original).hexdigest(),
            now=datetime.now(UTC),
            pixels_sha256=made.pixels_sha256,
            workflow_sha256=picture.workflow_sha256,
            labelled_key=f"{stem}-labelled.png",
            preview_key=f"{stem}-preview.webp",
        )
        files = {
            command.image_key: made.original,
            command.labelled_key: made.shown.image,
            command.preview_key: made.shown.preview,
            command.thumbnail_key: made.shown.thumbnail,
        }
        await asyncio.gather(*(self._storing.put(key, data, self._cancelled) for key, data in files.items()))
        try:
            await handlers.record_image(command, self._aggregates)
        except Conflict:
            if not await tasks.shows(self._lease.db, self._task.task_id, command.image_key):  # the answer may be lost
                await self._storing.remove(list(files))
            raise

    async def _note(self) -> None:
        """Note the progress over the whole batch; 100 is for the completed task alone."""
        percent = min(99, int(100 * sum(self._parts.values()) / self._order.batch_size))
        now = time.monotonic()
        if percent > self._noted and now - self._noted_at >= NOTE_SECONDS:
            self._noted, self._noted_at = percent, now
            with suppress(PyMongoError):  # a hint for people, not worth an attempt
                await progress.note(self._lease.db, self._task.task_id, percent)

    async def _keep(self, painting: asyncio.Task[None]) -> None:
        """Keep the lease and look at the task: one that has ended is stopped at the engine as well.

        When the lease or the database is lost, only this attempt ends: whoever takes the task finds its jobs running.
        """
        tick = min(LOOK_SECONDS, self._lease.seconds / 3)
        with suppress(PyMongoError):
            while not await self._over_within(tick):
                if not (await self._lease.extend() and await self._mine()):
                    break
            else:
                return
        if not self._cancelled.is_set():
            log.warning("attempt_abandoned", task=self._task.task_id, attempt=self._task.attempt)
            await cancelled(painting, ask_again=LOOK_SECONDS)

    async def _over_within(self, seconds: float) -> bool:
        """Whether the painting ends within that time, for which this waits."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._over.wait()
        return self._over.is_set()

    async def _mine(self) -> bool:
        """Whether this attempt has a part in the task still: painting it, or stopping what nobody wants any more."""
        if await tasks.still_running(self._lease.db, self._task.task_id, self._task.attempt):
            return True
        if await tasks.finished(self._lease.db, self._task.task_id):
            self._cancelled.set()
            return True
        return False


async def _all(paintings: Iterable[Coroutine[Any, Any, None]]) -> None:
    """See every picture through, then raise what hindered one of them, by rank."""
    results = await asyncio.gather(*paintings, return_exceptions=True)
    errors = [result for result in results if isinstance(result, BaseException)]
    if errors:
        raise min(errors, key=_rank)


def _rank(error: BaseException) -> int:
    """What to raise of several: the unexpected, then the end of the attempt, then what the user is told."""
    if isinstance(error, EngineFailed):
        return 3 if error.reason is None else 2
    return 1 if isinstance(error, (Conflict, JobCancelled)) else 0
