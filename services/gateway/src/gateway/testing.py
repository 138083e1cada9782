"""A running edge for tests: a real Traefik, any number of gateways, and one service that shows what reached it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from common.bus import InProcessBus
from common.http.error_pages import error_pages
from common.http.middleware import RequestContext
from common.http.protocol import EnvelopeProtocol
from common.local.process import free_port
from common.local.traefik import Traefik
from common.testing.eventually import eventually
from common.testing.tokens import Tokens
from gateway.balancing import READY
from gateway.bootstrap import build
from gateway.settings import Settings
from gateway.traefik import dynamic_config, render

SERVICES = ("auth", "generation", "works", "stats")


@dataclass
class Echo:
    """A service that answers every request alike, and remembers them, but for the balancer's own questions."""

    received: list[str] = field(default_factory=list)  # paths, percent-decoded

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        if scope["path"].startswith("/errors/"):
            await error_pages().handle(_matched(scope), receive, send)
            return
        if scope["path"] != READY["path"]:
            self.received.append(scope["path"])
        request = Request(scope, receive)
        size = len(await request.body())
        said = {"path": scope["path"], "method": scope["method"], "headers": dict(request.headers), "size": size}
        await JSONResponse(said)(scope, receive, send)


def _matched(scope: Scope) -> Scope:
    return {**scope, **error_pages().matches(scope)[1]}


@asynccontextmanager
async def serving(app: ASGIApp) -> AsyncIterator[str]:
    """An app on a port of its own, served as this project serves; its base URL."""
    port = free_port()
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=port,
        http=EnvelopeProtocol,
        ws="none",
        log_config=None,
        lifespan="off",
        proxy_headers=False,
        timeout_graceful_shutdown=1,
    )
    server = uvicorn.Server(config)
    running = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await eventually(started)
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await running


@dataclass
class Edge:
    """A running edge and what its clients need. `gateways` end when their stack is closed."""

    traefik: Traefik
    client: httpx.AsyncClient
    tokens: Tokens
    echo: Echo
    gateways: Sequence[AsyncExitStack]

    def bearer(self, user_id: int = 1, role: str = "user") -> dict[str, str]:
        """The header of somebody's token."""
        return self.tokens.bearer(user_id, "somebody", role)


@asynccontextmanager
async def running_edge(
    settings: Settings,
    folder: Path,
    *,
    replicas: int = 1,
    trusted_ips: Sequence[str] = (),
    app: ASGIApp | None = None,
    media: str = "http://127.0.0.1:1",
    absent: Sequence[str] = (),
) -> AsyncIterator[Edge]:
    """The edge with `app` (or an `Echo`) as every service but those `absent`.

    All replicas of the gateway share the settings, hence the database and the store of the limits.
    """
    tokens, echo = Tokens(), Echo()
    config = folder / "dynamic.yml"
    traefik = Traefik(folder / "traefik", config, port=free_port(), trusted_ips=trusted_ips)
    async with AsyncExitStack() as stack:
        gateways = [await stack.enter_async_context(AsyncExitStack()) for _ in range(replicas)]
        asked = [await gateway.enter_async_context(_gateway(settings, tokens)) for gateway in gateways]
        service = await stack.enter_async_context(serving(app or RequestContext(echo, "echo")))
        nowhere = f"http://127.0.0.1:{free_port()}"
        addresses = {name: [nowhere if name in absent else service] for name in SERVICES}
        config.write_text(render(dynamic_config({**addresses, "gateway": asked, "media": [media]}, traefik.policy_url)))
        stack.enter_context(traefik)
        client = await stack.enter_async_context(httpx.AsyncClient(base_url=traefik.url, timeout=20))
        await eventually(lambda: client.get("/health/live"), lambda answer: answer.status_code == 200)
        yield Edge(traefik, client, tokens, echo, gateways)


@asynccontextmanager
async def _gateway(settings: Settings, tokens: Tokens) -> AsyncIterator[str]:
    gateway = build(settings, bus=InProcessBus(), verifier=tokens.verifier())
    await gateway.start()
    try:
        async with serving(gateway.app) as url:
            yield url
    finally:
        await gateway.stop()


async def raw(url: str, request: bytes) -> bytes:
    """Send exact bytes to a server and return everything it answers until it closes the connection."""
    host, _, port = url.removeprefix("http://").partition(":")
    reader, writer = await asyncio.open_connection(host, int(port), limit=2**24)
    try:
        writer.write(request)
        await writer.drain()
        async with asyncio.timeout(20):
            return await reader.read(-1)
    finally:
        writer.close()


def parsed(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """Status, headers (lower-case names) and body, without its transfer coding, of a raw answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    if headers.get("transfer-encoding") == "chunked":
        body = body.partition(b"\r\n")[2].rpartition(b"\r\n0\r\n")[0]
    return int(first.split()[1]), headers, body
