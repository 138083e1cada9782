"""Both fronts, asked the same, answer the same."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import httpx
import pytest
from fastapi import APIRouter, Request
from starlette.types import ASGIApp

from common.bus import InProcessBus
from common.http import create_app
from common.testing.tokens import Tokens
from gateway.bootstrap import build, embedded
from gateway.settings import Settings

Front = Callable[[Settings, Tokens, tuple[str, int]], AbstractAsyncContextManager[httpx.AsyncClient]]
PROXY = ("127.0.0.1", 40000)
STRANGER = ("198.51.100.7", 40000)
ORIGIN = {"Origin": "http://localhost:3000"}


def echo_app() -> ASGIApp:
    """A service that tells what reached it."""
    router = APIRouter()

    @router.api_route("/{path:path}", methods=["GET", "POST", "PUT"])
    async def echo(request: Request) -> dict[str, object]:
        body = await request.body()
        return {"path": request.url.path, "headers": dict(request.headers), "size": len(body)}

    return create_app("echo", "echo", [router], {})


@asynccontextmanager
async def middleware_front(
    settings: Settings, tokens: Tokens, peer: tuple[str, int]
) -> AsyncIterator[httpx.AsyncClient]:
    service, app = embedded(echo_app(), settings, bus=InProcessBus(), verifier=tokens.verifier())
    await service.start()
    transport = httpx.ASGITransport(app, client=peer)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield client
    await service.stop()


class AsTraefikAsks(httpx.AsyncBaseTransport):
    """Turns a request into the question that Traefik would ask about it."""

    def __init__(self, app: ASGIApp, peer: tuple[str, int]) -> None:
        self._transport = httpx.ASGITransport(app, client=peer)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        said = {name: request.headers[name] for name in ("Authorization", "X-Forwarded-For") if name in request.headers}
        said |= {"X-Forwarded-Method": request.method, "X-Forwarded-Uri": request.url.raw_path.decode()}
        return await self._transport.handle_async_request(httpx.Request("GET", "http://gateway/auth", headers=said))


@asynccontextmanager
async def forward_auth_front(
    settings: Settings, tokens: Tokens, peer: tuple[str, int]
) -> AsyncIterator[httpx.AsyncClient]:
    service = build(settings, bus=InProcessBus(), verifier=tokens.verifier())
    await service.start()
    transport = AsTraefikAsks(service.app, peer)
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        yield client
    await service.stop()


FRONTS = pytest.mark.parametrize("front", [middleware_front, forward_auth_front])

REQUESTS = [
    ("GET", "/api/works/gallery?page=2", "", 200, None),
    ("GET", "/api/v1/works/gallery", "", 200, None),
    ("GET", "/api/works/%67allery", "", 200, None),
    ("GET", "/api/works/gallery", "broken", 401, "UNAUTHORIZED"),
    ("GET", "/api/users/profile", "", 401, "UNAUTHORIZED"),
    ("GET", "/api/users/profile", "user", 200, None),
    ("GET", "/api/users/profile?next=/api/works/gallery", "", 401, "UNAUTHORIZED"),
    ("GET", "/api/works/moderation", "user", 403, "FORBIDDEN"),
    ("GET", "/api/works/moderation", "admin", 200, None),
    ("POST", "/api/users/login", "broken", 200, None),
    ("GET", "/api/nothing", "admin", 404, "NOT_FOUND"),
    ("GET", "/", "", 404, "NOT_FOUND"),
    ("GET", "/media/public/a.png", "", 200, None),
    ("PUT", "/media/public/a.png", "admin", 405, "METHOD_NOT_ALLOWED"),
]


def bearer(tokens: Tokens, kind: str) -> dict[str, str]:
    if kind in ("user", "admin"):
        return tokens.bearer(1, "alice", kind)
    return {"Authorization": "Bearer broken"} if kind else {}


@FRONTS
async def test_the_same_request_gets_the_same_answer(front: Front, settings: Settings, tokens: Tokens) -> None:
    async with front(settings, tokens, PROXY) as client:
        for method, path, kind, status, code in REQUESTS:
            answer = await client.request(method, path, headers=bearer(tokens, kind))
            assert answer.status_code == status, (method, path, kind)
            assert answer.headers["X-Correlation-ID"]
            if code is not None:
                body = answer.json()
                assert (body["success"], body["code"]) == (False, code)
                assert body["error"]
            counted = not path.startswith("/media") and status != 404
            assert ("X-RateLimit-Remaining" in answer.headers) == counted, (method, path)


@FRONTS
async def test_the_limits_of_the_document_hold(front: Front, settings: Settings, tokens: Tokens) -> None:
    async with front(settings, tokens, PROXY) as client:
        answers = [await client.post("/api/users/login") for _ in range(6)]
        assert [answer.status_code for answer in answers] == [200] * 5 + [429]
        over = answers[-1]
        assert over.json()["code"] == "RATE_LIMITED"
        assert 1 <= int(over.headers["Retry-After"]) <= 60
        assert (over.headers["X-RateLimit-Limit"], over.headers["X-RateLimit-Remaining"]) == ("5", "0")
        elsewhere = await client.post("/api/users/login", headers={"X-Forwarded-For": "203.0.113.9"})
        assert elsewhere.status_code == 200
        generated = [await client.post("/api/generate", headers=bearer(tokens, "user")) for _ in range(11)]
        assert [answer.status_code for answer in generated] == [200] * 10 + [429]
        assert generated[0].headers["X-RateLimit-Limit"] == "10"


async def test_a_stranger_cannot_ask_the_policy(settings: Settings, tokens: Tokens) -> None:
    async with forward_auth_front(settings, tokens, STRANGER) as client:
        answer = await client.get("/api/works/gallery")
    assert (answer.status_code, answer.json()["code"]) == (403, "FORBIDDEN")


async def test_a_strangers_forwarded_address_does_not_count(settings: Settings, tokens: Tokens) -> None:
    async with middleware_front(settings, tokens, STRANGER) as client:
        statuses = [
            (await client.post("/api/users/login", headers={"X-Forwarded-For": f"203.0.113.{n}"})).status_code
            for n in range(6)
        ]
    assert statuses == [200] * 5 + [429]


async def test_the_service_gets_no_header_that_only_the_edge_may_set(settings: Settings, tokens: Tokens) -> None:
    trace = {"traceparent": f"00-{'a' * 32}-{'b' * 16}-01", "tracestate": "x=1", "baggage": "user=1"}
    claimed = {"X-User-Id": "1", "X-User-Role": "admin", "X-RateLimit-Remaining": "999", **trace}
    async with middleware_front(settings, tokens, STRANGER) as client:
        answer = await client.get("/api/v1/works/gallery", headers={**claimed, **ORIGIN})
    reached = answer.json()["headers"]
    assert answer.json()["path"] == "/api/works/gallery"
    assert not {"x-user-id", "x-user-role", "x-ratelimit-remaining", *trace} & reached.keys()
    assert answer.headers["X-RateLimit-Remaining"] == "99"


async def test_a_body_over_10_megabytes_is_refused_declared_or_not(settings: Settings, tokens: Tokens) -> None:
    async def pieces(count: int) -> AsyncIterator[bytes]:
        for _ in range(count):
            yield b"x" * 1024 * 1024

    async with middleware_front(settings, tokens, STRANGER) as client:
        declared = await client.post("/api/users/login", content=b"x" * (10 * 1024 * 1024 + 1))
        streamed = await client.post("/api/users/login", content=pieces(11))
        fitting = await client.post("/api/users/login", content=pieces(10))
    for answer in (declared, streamed):
        assert (answer.status_code, answer.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
    assert (fitting.status_code, fitting.json()["size"]) == (200, 10 * 1024 * 1024)


async def test_the_frontends_origin_may_read_refusals_and_another_may_not(settings: Settings, tokens: Tokens) -> None:
    async with middleware_front(settings, tokens, STRANGER) as client:
        ours = await client.get("/api/users/profile", headers=ORIGIN)
        foreign = await client.get("/api/users/profile", headers={"Origin": "https://evil.example"})
        asked = {**ORIGIN, "Access-Control-Request-Method": "PUT", "Access-Control-Request-Headers": "authorization"}
        preflight = await client.options("/api/users/profile", headers=asked)
    assert ours.status_code == 401
    assert ours.headers["Access-Control-Allow-Origin"] == ORIGIN["Origin"]
    assert "x-ratelimit-remaining" in ours.headers["Access-Control-Expose-Headers"].lower()
    assert "Access-Control-Allow-Origin" not in foreign.headers
    assert preflight.status_code == 200
    assert ours.headers["X-Content-Type-Options"] == "nosniff"
