"""Putting pictures' files into the object store, however long it is away."""

import asyncio
import random
from contextlib import suppress

import structlog

from common.errors import Unavailable
from common.objects import ORIGINALS, ObjectStore
from generation import metrics
from generation.engines.base import JobCancelled

log = structlog.get_logger()

FIRST_PAUSE = 0.5  # seconds
LONGEST_PAUSE = 10.0


class Storing:
    """One worker's way to the store: it says once that the store is away, and once that it is back."""

    def __init__(self, objects: ObjectStore, engine: str) -> None:
        self._objects = objects
        self._engine = engine
        self._away = False

    async def put(self, key: str, data: bytes, cancelled: asyncio.Event) -> None:
        """Try until the store takes the file, with growing pauses; `JobCancelled` once nobody wants it any more."""
        pause = FIRST_PAUSE
        while not cancelled.is_set():
            try:
                await self._objects.put(ORIGINALS, key, data)
            except Unavailable as error:
                self._refused(error)
            else:
                return self._taken()
            with suppress(TimeoutError):
                async with asyncio.timeout(random.uniform(pause / 2, pause)):  # noqa: S311  (jitter, not a secret)
                    await cancelled.wait()
            pause = min(2 * pause, LONGEST_PAUSE)
        raise JobCancelled

    async def remove(self, keys: list[str]) -> None:
        """Remove files that nobody wants; what a store that is away keeps of them, its sweep finds."""
        with suppress(Unavailable):
            for key in keys:
                await self._objects.delete(ORIGINALS, key)

    def _refused(self, error: Unavailable) -> None:
        metrics.FAILURES.labels(self._engine, "store").inc()
        if not self._away:
            self._away = True
            log.warning("object_store_away", error=repr(error.__cause__ or error))

    def _taken(self) -> None:
        if self._away:
            self._away = False
            log.info("object_store_back")
