"""Counting requests."""

import asyncio
import time
from collections.abc import Mapping

import pytest
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.errors import ConfigurationError

from common.testing.eventually import eventually
from gateway.limiting import DEFAULT_LIMITS, STORE_FAILURES, Limiter, Standing, open_store
from gateway.routes import Limit

TIGHT: Mapping[Limit, RateLimitItem] = {Limit.LOGIN: parse("2/second"), Limit.GENERAL: parse("2/minute")}


class AwayStorage(MemoryStorage):
    """A shared store that cannot be reached."""

    STORAGE_SCHEME = ["async+away"]  # noqa: RUF012  (as in its base class)

    async def acquire_entry(self, *_: object, **__: object) -> bool:
        raise ConnectionRefusedError


class SilentStorage(AwayStorage):
    """A shared store that never answers."""

    STORAGE_SCHEME = ["async+silent"]  # noqa: RUF012

    async def acquire_entry(self, *_: object, **__: object) -> bool:
        await asyncio.Event().wait()
        return True


def test_the_limits_are_those_of_the_document() -> None:
    lengths = {limit: (item.amount, item.get_expiry()) for limit, item in DEFAULT_LIMITS.items()}
    assert lengths == {
        Limit.LOGIN: (5, 60),
        Limit.REGISTER: (3, 3600),
        Limit.GENERATE: (10, 3600),
        Limit.GENERAL: (100, 60),
    }


async def test_the_answer_says_where_a_caller_stands() -> None:
    limiter = Limiter(MemoryStorage(), TIGHT)
    first, second, third = [await limiter.hit(Limit.GENERAL, "user:1") for _ in range(3)]
    assert [s.allowed for s in (first, second, third)] == [True, True, False]
    assert [s.headers["X-RateLimit-Remaining"] for s in (first, second, third)] == ["1", "0", "0"]
    assert first.headers["X-RateLimit-Limit"] == "2"
    assert 0 < int(first.headers["X-RateLimit-Reset"]) - time.time() <= 61
    assert 1 <= int(third.refusal().headers["Retry-After"]) <= 60


async def test_callers_and_limits_are_counted_apart() -> None:
    limiter = Limiter(MemoryStorage(), TIGHT)
    for caller in ("user:1", "user:2", "address:192.0.2.1"):
        for limit in (Limit.LOGIN, Limit.GENERAL):
            assert (await limiter.hit(limit, caller)).remaining == 1


async def test_after_the_time_said_a_caller_is_welcome_again() -> None:
    limiter = Limiter(MemoryStorage(), TIGHT)
    for _ in range(2):
        await limiter.hit(Limit.LOGIN, "address:192.0.2.1")

    async def again() -> Standing:
        return await limiter.hit(Limit.LOGIN, "address:192.0.2.1")

    refused = await again()
    assert not refused.allowed
    await eventually(again, lambda standing: standing.allowed, within=3)
    assert time.time() >= refused.reset - 0.01


@pytest.mark.parametrize("storage", [AwayStorage, SilentStorage])
async def test_a_store_that_is_away_leaves_the_limits_to_each_replica(storage: type[MemoryStorage]) -> None:
    before = STORE_FAILURES._value.get()
    shared = storage(wrap_exceptions=True)
    limiter = Limiter(shared, TIGHT)
    allowed = [(await limiter.hit(Limit.GENERAL, "user:1")).allowed for _ in range(3)]
    assert allowed == [True, True, False]
    assert STORE_FAILURES._value.get() == before + 3


def test_an_unknown_kind_of_store_is_refused_at_start() -> None:
    with pytest.raises(ConfigurationError):
        open_store("carrier-pigeon://coop")
