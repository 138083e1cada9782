"""Counting requests, in memory or in a Valkey shared by all replicas; a store that is away costs nobody an answer."""

import asyncio
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import MovingWindowRateLimiter
from limits.errors import StorageError
from limits.storage import storage_from_string
from prometheus_client import Counter

from common.errors import RateLimited
from gateway.memory import Clock, WindowMemory
from gateway.routes import Limit

log = structlog.get_logger()

STORE_FAILURES = Counter("rate_limit_store_failures_total", "Counts made in this replica alone: the store was away")

STORE_PATIENCE = 1.0  # seconds; less, and a replica that is busy itself would take the store for away
ASK_STORE_AGAIN_AFTER = 2.0  # seconds

DEFAULT_LIMITS: Mapping[Limit, RateLimitItem] = {
    Limit.LOGIN: parse("5/minute"),
    Limit.REGISTER: parse("3/hour"),
    Limit.GENERATE: parse("10/hour"),
    Limit.GENERAL: parse("100/minute"),
}


@dataclass(frozen=True)
class Standing:
    """Where a caller stands after a request: `reset` is when the oldest counted one expires, in seconds since 1970."""

    allowed: bool
    amount: int
    remaining: int
    reset: float
    now: float

    @property
    def headers(self) -> dict[str, str]:
        """`X-RateLimit-Limit`, `-Remaining` and `-Reset` (whole seconds since 1970)."""
        return {
            "X-RateLimit-Limit": str(self.amount),
            "X-RateLimit-Remaining": str(self.remaining),
            "X-RateLimit-Reset": str(math.ceil(self.reset)),
        }

    def refusal(self) -> RateLimited:
        """The 429, with `Retry-After` in whole seconds, at least 1."""
        wait = max(1, math.ceil(self.reset - self.now))
        return RateLimited(headers={**self.headers, "Retry-After": str(wait)})


def open_store(url: str) -> Storage:
    """The store of an address: `memory://`, `valkey://`, `valkeys://`, `redis://`, `rediss://`; connects on first use.

    Raises:
        limits.errors.ConfigurationError: an unknown scheme, or the client (PyPI `valkey`) is not installed.
    """
    if url == "memory://":
        return WindowMemory()
    store = storage_from_string(f"async+{url}", wrap_exceptions=True, implementation="valkey")
    assert isinstance(store, Storage)  # noqa: S101  (the prefix asks for an asynchronous one)
    return store


class Limiter:
    """Counts exactly: never more than the amount in any stretch of the limit's length (a moving window).

    While the shared store does not answer, this replica counts in its own memory; one request every
    `ASK_STORE_AGAIN_AFTER` seconds asks it again, and no other waits for that.
    """

    def __init__(
        self, store: Storage, limits: Mapping[Limit, RateLimitItem] = DEFAULT_LIMITS, clock: Clock = time.time
    ) -> None:
        self._limits = dict(limits)
        self._shared = MovingWindowRateLimiter(store)
        self._own = MovingWindowRateLimiter(WindowMemory(clock))
        self._clock = clock
        self._away_until = 0.0

    async def hit(self, limit: Limit, caller: str) -> Standing:
        """Count one request of `caller` (`user:7`, `address:192.0.2.1`)."""
        item = self._limits[limit]
        if time.monotonic() >= self._away_until:
            if self._away_until:
                self._away_until = time.monotonic() + ASK_STORE_AGAIN_AFTER
            try:
                async with asyncio.timeout(STORE_PATIENCE):
                    standing = await self._hit(self._shared, item, limit, caller)
            except (StorageError, TimeoutError, OSError) as error:
                self._away_until = time.monotonic() + ASK_STORE_AGAIN_AFTER
                log.warning("limit_store_away", error=repr(error))
            else:
                self._away_until = 0.0
                return standing
        STORE_FAILURES.inc()
        return await self._hit(self._own, item, limit, caller)

    async def _hit(self, limiter: MovingWindowRateLimiter, item: RateLimitItem, limit: Limit, caller: str) -> Standing:
        allowed = await limiter.hit(item, limit.value, caller)
        stats = await limiter.get_window_stats(item, limit.value, caller)
        return Standing(allowed, item.amount, max(0, int(stats.remaining)), stats.reset_time, self._clock())
