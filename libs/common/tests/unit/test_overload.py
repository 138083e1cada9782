"""A process with enough to do says so at once."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from fastapi.responses import StreamingResponse
from prometheus_client import REGISTRY

from common.http import create_app

MOST = 3


class Counter:
    """An endpoint that answers when told to, and how many are at it."""

    def __init__(self) -> None:
        self.here = 0
        self.full = asyncio.Event()
        self.go_on = asyncio.Event()

    async def wait(self) -> None:
        self.here += 1
        if self.here == MOST:
            self.full.set()
        await self.go_on.wait()


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def app(counter: Counter) -> FastAPI:
    router = APIRouter()

    @router.post("/slow")
    async def slow() -> dict[str, str]:
        await counter.wait()
        return {"done": "yes"}

    @router.get("/broken")
    async def broken() -> None:
        raise RuntimeError("on purpose")

    @router.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"head"
            await counter.wait()

        return StreamingResponse(pieces())

    app = create_app("crowded", "t", [router], {})
    app.state.most_at_once = MOST
    return app


@pytest.fixture
async def http(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        yield client


def shed() -> float:
    return REGISTRY.get_sample_value("http_requests_shed_total", {"service": "crowded"}) or 0


async def test_more_requests_than_a_process_may_answer_get_503_at_once_and_those_within_are_answered(
    http: httpx.AsyncClient, counter: Counter
) -> None:
    before = shed()
    within = [asyncio.create_task(http.post("/slow", content=b"x" * 100_000)) for _ in range(MOST)]
    await counter.full.wait()
    refused = await http.post("/slow", content=b"x" * 100_000)
    assert (refused.status_code, refused.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert refused.headers["Retry-After"]
    assert refused.headers["X-Correlation-ID"]
    assert shed() == before + 1
    counter.go_on.set()
    assert {(await answer).status_code for answer in within} == {200}
    assert (await http.post("/slow")).status_code == 200


async def test_health_and_metrics_are_answered_however_much_there_is_to_do(
    http: httpx.AsyncClient, counter: Counter
) -> None:
    within = [asyncio.create_task(http.post("/slow")) for _ in range(MOST)]
    await counter.full.wait()
    for path, status in (("/health/live", 200), ("/health/ready", 200), ("/metrics", 200), ("/errors/404", 404)):
        assert (await http.get(path)).status_code == status, path
    counter.go_on.set()
    await asyncio.gather(*within)


async def test_a_request_that_fails_makes_room_again(http: httpx.AsyncClient) -> None:
    assert [(await http.get("/broken")).status_code for _ in range(MOST + 2)] == [500] * (MOST + 2)


async def test_answers_that_stream_hold_nobody_up(http: httpx.AsyncClient, counter: Counter) -> None:
    streams = [asyncio.create_task(http.get("/stream")) for _ in range(MOST)]
    await counter.full.wait()
    assert (await http.get("/broken")).status_code == 500  # and not 503
    counter.go_on.set()
    assert {(await stream).status_code for stream in streams} == {200}
