"""The edge as it runs: a real Traefik with the generated configuration, the gateway, an S3 server, and a service."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import ASGIApp

from common.errors import Conflict, NotFound, TooLarge, Unavailable
from common.http import create_app
from common.objects import ORIGINALS, PUBLIC
from common.s3 import S3Store
from common.testing.servers import S3Address
from gateway.settings import Settings
from gateway.testing import Edge, running_edge

PICTURE = b"\x89PNG\r\n\x1a\n picture"
LIMIT = 10 * 1024 * 1024  # bytes
ENVELOPE = {"success", "error", "code"}


def stand_in() -> ASGIApp:
    """A service whose answers show what the edge lets through."""
    router, go_on = APIRouter(), asyncio.Event()

    @router.get("/api/works/gallery")
    async def gallery(request: Request) -> dict[str, object]:
        return {"headers": dict(request.headers)}

    @router.api_route("/api/works/my", methods=["GET", "POST"])
    async def mine(refuse: str = "") -> dict[str, object]:
        refusals = {
            "404": NotFound("作品不存在"),
            "413": TooLarge("头像过大"),
            "409": Conflict("重复", code="DUPLICATE_TITLE"),
            "503": Unavailable("排队已满"),
        }
        if refuse:
            raise refusals[refuse]
        return {"success": True}

    @router.post("/api/users/login")
    async def login(request: Request) -> dict[str, int]:
        return {"size": len(await request.body())}

    @router.get("/api/generate/task_1/events")
    async def events() -> StreamingResponse:
        async def stream() -> AsyncIterator[bytes]:
            yield b"data: 1\n\n"
            await go_on.wait()
            yield b"data: 2\n\n"

        return StreamingResponse(stream(), media_type="text/event-stream")

    @router.post("/api/generate/task_1/go-on")
    async def release() -> Response:
        go_on.set()
        return Response(status_code=204)

    return create_app("stand-in", "stand-in", [router], {})


@dataclass
class Pictures:
    """An edge in front of an object store."""

    edge: Edge
    store: S3Store


@pytest.fixture
async def edge(settings: Settings, tmp_path: Path) -> AsyncIterator[Edge]:
    async with running_edge(settings, tmp_path, app=stand_in(), absent=["stats"]) as running:
        yield running


@pytest.fixture
async def edge_behind_a_proxy(settings: Settings, tmp_path: Path) -> AsyncIterator[Edge]:
    folder = tmp_path / "proxied"
    folder.mkdir()
    async with running_edge(settings, folder, app=stand_in(), trusted_ips=["127.0.0.1"]) as running:
        yield running


@pytest.fixture
async def pictures(settings: Settings, s3: S3Address, tmp_path: Path) -> AsyncIterator[Pictures]:
    async with running_edge(settings, tmp_path, media=s3.endpoint) as running:
        store = S3Store(s3.endpoint, s3.access_key, s3.secret_key, running.traefik.url)
        await store.prepare()
        yield Pictures(running, store)


def is_envelope(answer: httpx.Response, status: int, code: str) -> None:
    assert (answer.status_code, answer.text[:1]) == (status, "{"), answer.text
    body = answer.json()
    assert body.keys() >= ENVELOPE
    assert (body["success"], body["code"]) == (False, code)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


async def test_what_traefik_itself_refuses_bears_the_envelope(edge: Edge) -> None:
    for path in ("/", "/api/nothing", "/auth", "/errors/200", "/metrics", "/api/v2/works/my"):
        is_envelope(await edge.client.get(path), 404, "NOT_FOUND")
    down = await edge.client.get("/api/stats/user", headers=edge.bearer())
    is_envelope(down, 503, "SERVICE_UNAVAILABLE")
    assert int(down.headers["Retry-After"]) >= 1
    is_envelope(await edge.client.post("/api/stats/user", headers=edge.bearer()), 503, "SERVICE_UNAVAILABLE")
    is_envelope(await edge.client.put("/media/public/a.png", content=b"x"), 405, "METHOD_NOT_ALLOWED")


async def test_a_body_over_10_megabytes_is_refused_declared_or_not(edge: Edge) -> None:
    async def pieces(*sizes: int) -> AsyncIterator[bytes]:
        for size in sizes:
            yield b"x" * size

    for size in (LIMIT + 1, 3 * LIMIT):
        is_envelope(await edge.client.post("/api/users/login", content=b"x" * size), 413, "PAYLOAD_TOO_LARGE")
    streamed = await edge.client.post("/api/users/login", content=pieces(LIMIT, 1024))
    is_envelope(streamed, 413, "PAYLOAD_TOO_LARGE")
    for fitting in (pieces(LIMIT), b"x" * LIMIT):
        assert (await edge.client.post("/api/users/login", content=fitting)).json() == {"size": LIMIT}


async def test_a_refusal_reaches_a_client_that_sends_a_large_body(edge: Edge) -> None:
    for path, status, code in (("/api/works/my", 401, "UNAUTHORIZED"), ("/api/nothing", 404, "NOT_FOUND")):
        is_envelope(await edge.client.post(path, content=b"x" * LIMIT), status, code)


async def test_the_policy_decides_before_a_service_is_asked(edge: Edge) -> None:
    refused = await edge.client.get("/api/works/my")
    is_envelope(refused, 401, "UNAUTHORIZED")
    assert refused.headers["X-RateLimit-Limit"] == "100"
    is_envelope(await edge.client.get("/api/works/my", headers={"Authorization": "Bearer no"}), 401, "UNAUTHORIZED")
    for path in ("/api/works/my", "/api/v1/works/my"):
        allowed = await edge.client.get(path, headers=edge.bearer())
        assert allowed.json() == {"success": True}
        assert int(allowed.headers["X-RateLimit-Remaining"]) < 100
        assert allowed.headers["X-Correlation-ID"]


async def test_a_services_own_errors_pass_untouched(edge: Edge) -> None:
    for status, code, words in (
        (404, "NOT_FOUND", "作品不存在"),
        (409, "DUPLICATE_TITLE", "重复"),
        (503, "SERVICE_UNAVAILABLE", "排队已满"),
    ):
        answer = await edge.client.get(f"/api/works/my?refuse={status}", headers=edge.bearer())
        is_envelope(answer, status, code)
        assert answer.json()["error"] == words
    own = await edge.client.post("/api/works/my?refuse=413", headers=edge.bearer(), content=b"a large avatar")
    is_envelope(own, 413, "PAYLOAD_TOO_LARGE")
    assert own.json()["error"] == "头像过大"


async def test_nothing_that_a_client_claims_about_itself_gets_through(edge: Edge) -> None:
    claimed = {
        "X-User-Id": "1",
        "X-User-Role": "admin",
        "X-RateLimit-Remaining": "999",
        "X-Forwarded-For": "6.6.6.6",
        "X-Correlation-ID": "from-the-client",
        "traceparent": f"00-{'a' * 32}-{'b' * 16}-01",
        "tracestate": "x=1",
        "baggage": "user=1",
    }
    answer = await edge.client.get("/api/works/gallery", headers=claimed)
    reached = answer.json()["headers"]
    assert not {"x-user-id", "x-user-role", "traceparent", "tracestate", "baggage"} & reached.keys()
    assert "6.6.6.6" not in reached["x-forwarded-for"]
    assert reached["x-correlation-id"] == answer.headers["X-Correlation-ID"] == "from-the-client"
    assert answer.headers["X-RateLimit-Remaining"] == "99"
    for number in range(6):
        limited = await edge.client.post("/api/users/login", headers={"X-Forwarded-For": f"203.0.113.{number}"})
    is_envelope(limited, 429, "RATE_LIMITED")
    assert int(limited.headers["Retry-After"]) >= 1


async def test_nobody_can_have_another_request_judged(edge: Edge, edge_behind_a_proxy: Edge) -> None:
    other = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/api/works/gallery", "X-Original-Uri": "/media/x"}
    for running in (edge, edge_behind_a_proxy):
        is_envelope(await running.client.get("/api/works/my", headers=other), 401, "UNAUTHORIZED")
        crooked = await running.client.get("/api/works/gallery/%2e%2e/my")
        assert crooked.status_code in (400, 401, 404)


async def test_behind_a_trusted_proxy_its_clients_are_told_apart(edge_behind_a_proxy: Edge) -> None:
    client = edge_behind_a_proxy.client
    answers = [await client.post("/api/users/login", headers={"X-Forwarded-For": "203.0.113.9"}) for _ in range(6)]
    assert answers[-1].status_code == 429
    elsewhere = await client.get("/api/works/gallery", headers={"X-Forwarded-For": "6.6.6.6, 203.0.113.10"})
    assert elsewhere.json()["headers"]["x-forwarded-for"].startswith("6.6.6.6, 203.0.113.10")
    assert elsewhere.headers["X-RateLimit-Remaining"] == "99"


async def test_pictures_come_from_the_object_store_and_its_errors_bear_the_envelope(pictures: Pictures) -> None:
    client, store = pictures.edge.client, pictures.store
    for bucket in (PUBLIC, ORIGINALS):
        await store.put(bucket, "works/1.png", PICTURE)
    shown = await client.get("/media/public/works/1.png", headers={"Authorization": "Bearer stale"})
    assert (shown.status_code, shown.content) == (200, PICTURE)
    signed = await client.get(store.address(ORIGINALS, "works/1.png", life=timedelta(minutes=1)))
    assert (signed.status_code, signed.content) == (200, PICTURE)
    is_envelope(await client.get("/media/originals/works/1.png"), 403, "FORBIDDEN")
    missing = await client.get("/media/public/works/2.png")
    assert missing.status_code in (403, 404)
    assert missing.json().keys() >= ENVELOPE


async def test_event_streams_flow_while_they_are_made(edge: Edge) -> None:
    async with edge.client.stream("GET", "/api/generate/task_1/events", headers=edge.bearer()) as answer:
        pieces = answer.aiter_bytes()
        assert await anext(pieces) == b"data: 1\n\n"
        await edge.client.post("/api/generate/task_1/go-on", headers=edge.bearer())
        assert await anext(pieces) == b"data: 2\n\n"
