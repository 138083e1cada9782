"""Counting requests."""

import asyncio
import time
from collections.abc import Mapping

import pytest
from limits import RateLimitItem, parse
from limits.aio.storage import MemoryStorage
from limits.errors import ConfigurationError

from gateway.limiting import DEFAULT_LIMITS, STORE_FAILURES, Limiter, open_store
from gateway.memory import WindowMemory
from gateway.routes import Limit

TIGHT: Mapping[Limit, RateLimitItem] = {Limit.LOGIN: parse("2/second"), Limit.GENERAL: parse("2/minute")}


class Hand:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


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
    limiter = Limiter(WindowMemory(), TIGHT)
    first, second, third = [await limiter.hit(Limit.GENERAL, "user:1") for _ in range(3)]
    assert [s.allowed for s in (first, second, third)] == [True, True, False]
    assert [s.headers["X-RateLimit-Remaining"] for s in (first, second, third)] == ["1", "0", "0"]
    assert first.headers["X-RateLimit-Limit"] == "2"
    assert 0 < int(first.headers["X-RateLimit-Reset"]) - time.time() <= 61
    assert 1 <= int(third.refusal().headers["Retry-After"]) <= 60


async def test_callers_and_limits_are_counted_apart() -> None:
    limiter = Limiter(WindowMemory(), TIGHT)
    for caller in ("user:1", "user:2", "address:192.0.2.1"):
        for limit in (Limit.LOGIN, Limit.GENERAL):
            assert (await limiter.hit(limit, caller)).remaining == 1


async def test_after_the_time_said_a_caller_is_welcome_again_and_not_before() -> None:
    clock = Hand()
    limiter = Limiter(WindowMemory(clock), TIGHT, clock)
    for pause in (0, 20):
        clock.now += pause
        assert (await limiter.hit(Limit.GENERAL, "user:1")).allowed
    refused = await limiter.hit(Limit.GENERAL, "user:1")
    assert refused.refusal().headers["Retry-After"] == "40"
    clock.now += 39.9
    assert not (await limiter.hit(Limit.GENERAL, "user:1")).allowed
    clock.now += 0.1
    assert [(await limiter.hit(Limit.GENERAL, "user:1")).allowed for _ in range(2)] == [True, False]


async def test_no_stretch_of_a_minute_holds_more_than_the_limit() -> None:
    clock, counted = Hand(), []
    limiter = Limiter(WindowMemory(clock), TIGHT, clock)
    for _ in range(300):
        clock.now += 1
        if (await limiter.hit(Limit.GENERAL, "user:1")).allowed:
            counted.append(clock.now)
    assert len(counted) == 10
    assert all(third - first >= 60 for first, third in zip(counted, counted[2:], strict=False))


async def test_who_stays_away_is_forgotten() -> None:
    clock = Hand()
    memory = WindowMemory(clock)
    limiter = Limiter(memory, TIGHT, clock)
    for number in range(1000):
        await limiter.hit(Limit.GENERAL, f"address:{number}")
    clock.now += 61
    await limiter.hit(Limit.GENERAL, "user:1")
    assert len(memory._hits) == len(memory._lengths) == 1


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
