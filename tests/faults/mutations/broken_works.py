"""Broken builds of works."""

import importlib
import itertools
from typing import Any


def picture_overlooked() -> None:
    """Every third picture becomes no work."""
    handlers = importlib.import_module("works.handlers")
    create, number = handlers.create_work, itertools.count(1)

    async def create_work(*args: Any) -> None:
        if next(number) % 3:
            await create(*args)

    handlers.create_work = create_work


def copy_not_stored() -> None:
    """A work is published, its public copies are not there."""
    store = importlib.import_module("common.s3").S3Store
    public, put = importlib.import_module("common.objects").PUBLIC, store.put

    async def some(self: Any, bucket: str, key: str, data: bytes) -> None:
        if bucket != public:
            await put(self, bucket, key, data)

    store.put = some


def answered_before_written() -> None:
    """A like is acknowledged and forgotten."""
    like = importlib.import_module("works.domain.reactions").Like

    async def like_work(command: Any, _journal: Any) -> Any:
        return like(liked=bool(command.liked))

    importlib.import_module("works.handlers").like_work = like_work


def look_counted_again() -> None:
    """Every look counts, however soon after the last."""
    importlib.import_module("works.domain.reactions").counts_again = lambda *_: True


def comment_repeated() -> None:
    """A repeated comment is a second one: nobody looks at its `Idempotency-Key`."""
    comments = importlib.import_module("works.handlers.comments")
    once = comments.once

    async def always(store: Any, _repeatable: Any, work: Any) -> Any:
        return await once(store, None, work)

    comments.once = always


def number_skipped() -> None:
    """The streams of comments begin at 2."""
    store = importlib.import_module("common.event_store").EventStore
    record = store._record

    def skipping(self: Any, stream: str, head: Any, offset: int, event: Any) -> Any:
        return record(self, stream, head, offset + stream.startswith("comment-"), event)

    store._record = skipping
