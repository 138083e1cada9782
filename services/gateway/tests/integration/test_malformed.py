"""Requests that are hardly ones, byte by byte: refused in the envelope, in both fronts."""

from collections.abc import AsyncIterator
from pathlib import Path

import orjson
import pytest

from common.bus import InProcessBus
from common.http.middleware import RequestContext
from common.http.protocol import HEAD_AT_MOST
from common.testing.tokens import Tokens
from gateway.bootstrap import embedded
from gateway.settings import Settings
from gateway.testing import Echo, parsed, raw, running_edge, serving

END = "Host: x\r\nConnection: close\r\n"
GALLERY = "/api/works/gallery"

# Traefik's own parser answers these in plain text before any configuration is asked: see the README.
BEFORE_ANY_CONFIGURATION = {"header names", "the length", "a NUL", "no host", "CONNECT"}

MALFORMED = [
    ("header names", f"GET {GALLERY} HTTP/1.1\r\n{END}Bad Name : x\r\n\r\n", 400),
    ("the length", f"POST /api/users/login HTTP/1.1\r\n{END}Content-Length: -5\r\n\r\n", 400),
    ("a NUL", f"GET {GALLERY}\0 HTTP/1.1\r\n{END}\r\n", 400),
    ("the method's case", f"get {GALLERY} HTTP/1.1\r\n{END}\r\n", 400),
    ("CONNECT", f"CONNECT x:443 HTTP/1.1\r\n{END}\r\n", 400),
    ("TRACE", f"TRACE /api/works/my HTTP/1.1\r\n{END}\r\n", 401),
    ("TRACE of nothing", f"TRACE /nothing HTTP/1.1\r\n{END}\r\n", 404),
    ("HTTP/1.0", "GET /api/works/my HTTP/1.0\r\n\r\n", 401),
    ("HTTP/1.0 of nothing", "GET /nothing HTTP/1.0\r\n\r\n", 404),
    ("a long path", f"GET /api/works/{'7' * 30_000} HTTP/1.1\r\n{END}\r\n", 414),
    (
        "a huge token",
        f"GET {GALLERY} HTTP/1.1\r\n{END}Authorization: Bearer {'x' * 70_000}\r\n\r\n",
        401,
    ),
    (
        "two tokens",
        f"GET {GALLERY} HTTP/1.1\r\n{END}Authorization: TOKEN\r\nAuthorization: TOKEN\r\n\r\n",
        401,
    ),
    (
        "a false and a good token",
        f"GET /api/works/my HTTP/1.1\r\n{END}Authorization: x\r\nAuthorization: TOKEN\r\n\r\n",
        401,
    ),
]


@pytest.fixture(params=["traefik", "middleware"])
async def front(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path
) -> AsyncIterator[tuple[str, str, Echo, Tokens]]:
    if request.param == "traefik":
        async with running_edge(settings, tmp_path) as edge:
            yield request.param, edge.traefik.url, edge.echo, edge.tokens
        return
    tokens, echo = Tokens(), Echo()
    service, app = embedded(RequestContext(echo, "echo"), settings, bus=InProcessBus(), verifier=tokens.verifier())
    await service.start()
    async with serving(app) as url:
        yield request.param, url, echo, tokens
    await service.stop()


async def test_what_can_hardly_be_read_is_refused_in_the_envelope(front: tuple[str, str, Echo, Tokens]) -> None:
    name, url, echo, tokens = front
    for what, request, expected in MALFORMED:
        answer = await raw(url, request.replace("TOKEN", f"Bearer {tokens.issue(1)}").encode())
        status, headers, body = parsed(answer)
        assert echo.received == [], what
        if name == "traefik" and what in BEFORE_ANY_CONFIGURATION:
            assert status in (400, 501), what
            continue
        assert status == expected, (what, body[:200])
        said = orjson.loads(body)
        assert said["success"] is False, what
        assert said["code"], what
        assert headers["x-correlation-id"], what
        assert ("www-authenticate" in headers) == (status == 401), what


async def test_a_head_without_end_is_refused_before_it_fills_the_memory() -> None:
    echo = Echo()
    begun = f"GET {GALLERY} HTTP/1.1\r\nX-Long: ".encode()
    async with serving(echo) as url:
        status, _, body = parsed(await raw(url, begun + b"x" * (HEAD_AT_MOST + 1 - len(begun))))
    assert (status, orjson.loads(body)["code"]) == (431, "HEADERS_TOO_LARGE")
    assert echo.received == []


async def test_a_websocket_is_a_request_like_another(front: tuple[str, str, Echo, Tokens]) -> None:
    _, url, echo, _ = front
    upgrade = (
        "GET /api/works/my HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        f"GET /nothing HTTP/1.1\r\n{END}\r\n"
    )
    status, _, _ = parsed(await raw(url, upgrade.encode()))
    assert status == 401
    assert echo.received == []
