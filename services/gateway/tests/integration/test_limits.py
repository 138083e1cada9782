"""The four limits over two replicas that share a real Valkey, behind a real Traefik."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from prometheus_client import REGISTRY

from common.local.valkey import Valkey
from common.testing.eventually import eventually
from gateway.limiting import ASK_STORE_AGAIN_AFTER, STORE_PATIENCE
from gateway.settings import Settings
from gateway.testing import Edge, running_edge

REPLICAS = 2
AT_ONCE = 8


@pytest.fixture
async def edge(settings: Settings, valkey_url: str, tmp_path: Path) -> AsyncIterator[Edge]:
    shared = settings.model_copy(update={"limits_url": valkey_url})
    async with running_edge(shared, tmp_path, replicas=REPLICAS, trusted_ips=["127.0.0.1"]) as running:
        yield running


@pytest.fixture
def valkey(tmp_path: Path) -> Iterator[Valkey]:
    with Valkey(tmp_path / "valkey") as started:
        yield started


@pytest.fixture
async def fragile_edge(settings: Settings, valkey: Valkey, tmp_path: Path) -> AsyncIterator[Edge]:
    """With a store that the test may kill."""
    shared = settings.model_copy(update={"limits_url": valkey.url})
    async with running_edge(shared, tmp_path, replicas=REPLICAS, trusted_ips=["127.0.0.1"]) as running:
        yield running


def somewhere() -> dict[str, str]:
    """An address that no test has used before."""
    return {"X-Forwarded-For": f"198.18.{random.randrange(256)}.{random.randrange(256)}"}


async def statuses(
    edge: Edge, method: str, path: str, headers: Mapping[str, str], times: int
) -> tuple[Counter[int], list[httpx.Response]]:
    """What so many requests are answered, `AT_ONCE` at a time."""
    free = asyncio.Semaphore(AT_ONCE)

    async def ask() -> httpx.Response:
        async with free:
            return await edge.client.request(method, path, headers=headers)

    answers = await asyncio.gather(*(ask() for _ in range(times)))
    return Counter(answer.status_code for answer in answers), list(answers)


@pytest.mark.parametrize(
    ("method", "path", "amount", "seconds"),
    [
        ("POST", "/api/users/login", 5, 60),
        ("POST", "/api/users/register", 3, 3600),
        ("GET", "/api/works/gallery", 100, 60),
    ],
)
async def test_an_address_gets_exactly_its_amount_from_all_replicas_together(
    edge: Edge, method: str, path: str, amount: int, seconds: int
) -> None:
    here = somewhere()
    counted, answers = await statuses(edge, method, path, here, amount + 6)
    assert counted == {200: amount, 429: 6}
    assert len(edge.echo.received) == amount
    remaining = sorted(int(a.headers["X-RateLimit-Remaining"]) for a in answers if a.status_code == 200)
    assert remaining[0] == 0
    for answer in answers:
        assert answer.headers["X-RateLimit-Limit"] == str(amount)
        assert int(answer.headers["X-RateLimit-Reset"]) > 1_700_000_000
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert refused.json()["code"] == "RATE_LIMITED"
    assert seconds - 30 <= int(refused.headers["Retry-After"]) <= seconds
    assert (await edge.client.request(method, path, headers=somewhere())).status_code == 200


async def test_a_user_generates_ten_an_hour_wherever_they_are_and_an_admin_without_end(edge: Edge) -> None:
    user, admin = random.randrange(10**9), random.randrange(10**9)
    anywhere = [{**edge.bearer(user), **somewhere()} for _ in range(13)]
    answers = await asyncio.gather(*(edge.client.post("/api/v1/generate", headers=headers) for headers in anywhere))
    assert Counter(answer.status_code for answer in answers) == {200: 10, 429: 3}
    counted, unlimited = await statuses(edge, "POST", "/api/generate", edge.bearer(admin, "admin"), 30)
    assert counted == {200: 30}
    assert "X-RateLimit-Limit" not in unlimited[0].headers


async def test_a_user_is_counted_apart_from_strangers_of_the_same_address(edge: Edge) -> None:
    here = somewhere()
    stranger, _ = await statuses(edge, "GET", "/api/works/gallery", here, 101)
    assert stranger == {200: 100, 429: 1}
    known = {**here, **edge.bearer(random.randrange(10**9))}
    assert (await edge.client.get("/api/works/my", headers=known)).headers["X-RateLimit-Remaining"] == "99"


async def test_a_stranger_does_not_choose_the_address_they_are_counted_by(
    settings: Settings, valkey: Valkey, tmp_path: Path
) -> None:
    shared = settings.model_copy(update={"limits_url": valkey.url})
    async with running_edge(shared, tmp_path, replicas=REPLICAS) as edge:
        answers = [await edge.client.post("/api/users/login", headers=somewhere()) for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]


def store_failures() -> float:
    return REGISTRY.get_sample_value("rate_limit_store_failures_total") or 0


async def test_while_the_store_is_away_each_replica_counts_alone_and_together_again_after(
    fragile_edge: Edge, valkey: Valkey
) -> None:
    here = somewhere()
    before, _ = await statuses(fragile_edge, "POST", "/api/users/login", here, 6)
    assert before == {200: 5, 429: 1}

    valkey.kill()
    counted_alone = store_failures()
    alone, _ = await statuses(fragile_edge, "POST", "/api/users/login", somewhere(), 30)
    assert store_failures() - counted_alone >= 30
    assert alone == {200: 5 * REPLICAS, 429: 30 - 5 * REPLICAS}

    valkey.start()

    async def together() -> Counter[int]:
        return (await statuses(fragile_edge, "POST", "/api/users/login", somewhere(), 30))[0]

    await eventually(together, lambda counted: counted == {200: 5, 429: 25}, within=3 * ASK_STORE_AGAIN_AFTER)


async def test_a_frozen_store_costs_a_request_a_second_at_most(fragile_edge: Edge, valkey: Valkey) -> None:
    assert valkey.pid is not None
    os.kill(valkey.pid, signal.SIGSTOP)
    try:
        for _ in range(10):
            begun = time.monotonic()
            assert (await fragile_edge.client.get("/api/works/gallery", headers=somewhere())).status_code == 200
            assert time.monotonic() - begun < STORE_PATIENCE + 1.0
    finally:
        os.kill(valkey.pid, signal.SIGCONT)
