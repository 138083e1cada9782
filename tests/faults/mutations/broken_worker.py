"""Broken builds of generation's worker."""

import importlib
import itertools
from typing import Any


def given_up_at_once() -> None:
    """Every fourth task is given up without a try."""
    tasks = importlib.import_module("generation.domain.tasks")
    failed = importlib.import_module("generation.events").GenerationFailed
    begin, number = tasks.start, itertools.count(1)

    def start(task: Any, command: Any) -> Any:
        if next(number) % 4:
            return begin(task, command)
        code = tasks.GENERATION_FAILED
        return [failed(task_id=task.task_id, user_id=task.user_id, code=code, reason="坏了", failed_at=command.now)]

    tasks.start = start


def fence_removed() -> None:
    """A picture counts whoever brings it, however often; and each is brought twice."""
    tasks = importlib.import_module("generation.domain.tasks")
    handlers = importlib.import_module("generation.handlers")
    decide, record = tasks.record_image, handlers.record_image

    def unfenced(task: Any, command: Any) -> Any:
        return decide(task.but(images={n: i for n, i in task.images.items() if n != command.index}), command)

    async def twice(command: Any, aggregates: Any) -> Any:
        await record(command, aggregates)
        return await record(command, aggregates)

    tasks.record_image = unfenced
    handlers.record_image = twice


def thumbnail_not_stored() -> None:
    """The smallest file of a picture is told of, and never stored."""
    store = importlib.import_module("common.s3").S3Store
    put = store.put

    async def some(self: Any, bucket: str, key: str, data: bytes) -> None:
        if not key.endswith("-thumb.webp"):
            await put(self, bucket, key, data)

    store.put = some
