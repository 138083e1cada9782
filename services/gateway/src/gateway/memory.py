"""Counting in this process. The library's own memory visits every key, each in a thread, on every request."""

import time
from collections import deque
from collections.abc import Callable

from limits.aio.storage import MemoryStorage

SWEEP_SECONDS = 60.0

Clock = Callable[[], float]


class WindowMemory(MemoryStorage):
    """The times of each caller's counted requests; `clock` gives seconds since 1970.

    A request costs the same however many callers there are; who has not come for the length of a limit is
    forgotten within `SWEEP_SECONDS`. Nothing is awaited between looking and counting, so no lock is needed.
    """

    STORAGE_SCHEME = ["async+window"]  # noqa: RUF012  (as in its base class)

    def __init__(self, clock: Clock = time.time) -> None:
        super().__init__()
        self._clock = clock
        self._hits: dict[str, deque[float]] = {}
        self._lengths: dict[str, int] = {}
        self._swept = clock()

    async def acquire_entry(self, key: str, limit: int, expiry: int, amount: int = 1) -> bool:
        """Count `amount` requests, unless there would be more than `limit` in the last `expiry` seconds."""
        now = self._clock()
        self._sweep(now)
        hits = self._hits.setdefault(key, deque())
        self._lengths[key] = expiry
        _expire(hits, now - expiry)
        if len(hits) + amount > limit:
            return False
        hits.extend([now] * amount)
        return True

    async def get_moving_window(self, key: str, limit: int, expiry: int) -> tuple[float, int]:
        """When the oldest counted request of the window came, now if there is none, and how many there are."""
        now = self._clock()
        hits = self._hits.get(key, deque())
        _expire(hits, now - expiry)
        return (hits[0] if hits else now), min(len(hits), limit)

    def _sweep(self, now: float) -> None:
        if now - self._swept < SWEEP_SECONDS:
            return
        self._swept = now
        for key, hits in list(self._hits.items()):
            _expire(hits, now - self._lengths[key])
            if not hits:
                del self._hits[key], self._lengths[key]


def _expire(hits: deque[float], before: float) -> None:
    while hits and hits[0] <= before:
        hits.popleft()
