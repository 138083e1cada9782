"""So many progress streams of one user and of one process and no more, over real connections."""

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest

from common.testing.eventually import eventually
from generation import metrics
from generation.api import progress
from generation.testing.serving import Loopback

PER_USER, MOST = 2, 3


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"streams_per_user": PER_USER, "streams": MOST})


@pytest.fixture
async def edge(front):
    """`front`, answering over a socket."""
    loopback = Loopback(front.service.app)
    await loopback.start()
    async with httpx.AsyncClient(base_url=loopback.url, timeout=30) as client:
        front.client = client
        yield front
    await loopback.drop()


@pytest.fixture
async def tasks(edge) -> dict[int, str]:
    """A waiting task of each of three users."""
    return {user: (await edge.generate(user=user)).json()["data"]["taskId"] for user in (1, 2, 3)}


@asynccontextmanager
async def watching(edge, task_id: str, user: int):
    """The stream of a task, open inside the block."""
    address = f"/api/generate/{task_id}/events"
    async with edge.client.stream("GET", address, headers=edge.tokens.bearer(user)) as response:
        assert response.status_code == 200
        yield response


async def refusal(edge, task_id: str, user: int) -> httpx.Response:
    return await edge.call("GET", f"/api/generate/{task_id}/events", user)


async def open_streams() -> float:
    return metrics.STREAMS._value.get()


async def test_one_stream_too_many_of_a_user_is_refused_in_the_envelope(edge, tasks):
    async with AsyncExitStack() as stack:
        for _ in range(PER_USER):
            await stack.enter_async_context(watching(edge, tasks[1], 1))

        refused = await refusal(edge, tasks[1], 1)
        assert refused.status_code == 429
        assert refused.json() == {
            "success": False,
            "error": f"同时打开的实时进度过多（最多{PER_USER}个），请关闭一些后再试",
            "code": "TOO_MANY_STREAMS",
        }
        assert int(refused.headers["retry-after"]) >= 1

        async with watching(edge, tasks[2], 2):
            full = await refusal(edge, tasks[3], 3)
            assert (full.status_code, full.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
            assert full.headers["retry-after"]


async def test_a_stream_that_its_client_leaves_makes_room(edge, tasks):
    async with watching(edge, tasks[1], 1), watching(edge, tasks[1], 1):
        assert await open_streams() == PER_USER

    await eventually(open_streams, lambda number: number == 0)
    async with watching(edge, tasks[1], 1), watching(edge, tasks[1], 1):
        pass


async def test_a_stream_that_is_refused_or_ends_is_counted_no_longer(edge, tasks):
    assert (await edge.call("DELETE", f"/api/generate/{tasks[1]}")).status_code == 200
    for _ in range(PER_USER + 1):
        assert (await refusal(edge, tasks[2], 1)).status_code == 404
        assert "event: end" in (await refusal(edge, tasks[1], 1)).text
    assert await open_streams() == 0


async def test_a_stream_ends_after_its_time_and_its_watcher_hears_the_rest_when_it_comes_again(
    edge, tasks, monkeypatch
):
    monkeypatch.setattr(progress, "LONGEST_SECONDS", 0.1)
    async with asyncio.timeout(10), watching(edge, tasks[1], 1) as response:
        first = (await response.aread()).decode()
    assert first.startswith("retry: 1000\nevent: status\nid: 0/\n")
    assert "event: end" not in first
    await edge.call("DELETE", f"/api/generate/{tasks[1]}")

    rest = await edge.call("GET", f"/api/generate/{tasks[1]}/events", headers={"Last-Event-ID": "0/"})

    assert "event: end" in rest.text


async def test_the_refusals_are_in_the_document(edge):
    responses = edge.service.app.openapi()["paths"]["/api/generate/{task_id}/events"]["get"]["responses"]
    assert "TOO_MANY_STREAMS" in responses["429"]["content"]["application/json"]["examples"]
    assert "SERVICE_UNAVAILABLE" in responses["503"]["content"]["application/json"]["examples"]
