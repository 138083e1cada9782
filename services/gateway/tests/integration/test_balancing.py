"""Between the edge and a service's replicas: what is sent again, what never is, and what is made smaller."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from fastapi import APIRouter, Response
from starlette.types import ASGIApp

from common.http import create_app
from common.http.middleware import RequestContext
from common.local.process import free_port
from common.local.traefik import Traefik
from common.testing.eventually import eventually
from gateway.settings import Settings
from gateway.testing import Echo, Edge, running_edge, serving
from gateway.traefik import dynamic_config, render

PAGE = {"success": True, "data": ["创想" * 50] * 50}


def large_answers() -> ASGIApp:
    router = APIRouter()

    @router.get("/api/works/gallery")
    async def gallery() -> dict[str, object]:
        return PAGE

    @router.get("/api/works/categories")
    async def picture() -> Response:
        return Response(b"\x89PNG" * 2_000, media_type="image/png")

    return create_app("large", "large", [router], {})


@pytest.fixture
async def edge(settings: Settings, tmp_path: Path) -> AsyncIterator[Edge]:
    async with running_edge(settings, tmp_path, app=large_answers()) as running:
        yield running


async def test_large_json_is_compressed_where_the_client_takes_it_and_a_picture_never(edge: Edge) -> None:
    packed = await edge.client.get("/api/works/gallery", headers={"Accept-Encoding": "gzip"})
    assert (packed.json(), packed.headers["content-encoding"]) == (PAGE, "gzip")
    assert packed.num_bytes_downloaded < 2_000
    plain = await edge.client.get("/api/works/gallery", headers={"Accept-Encoding": "identity"})
    assert (plain.json(), "content-encoding" in plain.headers) == (PAGE, False)
    picture = await edge.client.get("/api/works/categories", headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in picture.headers


class Hanging:
    """A replica that takes every request and ends the connection without an answer; `asked` holds their first lines."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        if not head.startswith("GET /health/"):
            self.asked.append(head.partition("\r\n")[0])
        else:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
            await writer.drain()
        writer.close()


@asynccontextmanager
async def two_replicas(folder: Path, first: str, second: str) -> AsyncIterator[httpx.AsyncClient]:
    """Traefik before two replicas of auth, asked without the policy."""
    config = dynamic_config({"auth": [first, second]})
    for name in ("auth-read", "auth-stream", "auth-write"):
        config["http"]["routers"][name]["middlewares"].remove("policy")
    file = folder / "dynamic.yml"
    file.write_text(render(config))
    with Traefik(folder / "traefik", file, port=free_port()) as traefik:
        async with httpx.AsyncClient(base_url=traefik.url, timeout=20) as client:
            await eventually(lambda: client.get("/api/users/1"), lambda answer: answer.status_code == 200)
            yield client


async def test_a_read_that_got_no_answer_is_sent_again_and_a_write_is_not(tmp_path: Path) -> None:
    hanging = Hanging()
    server = await asyncio.start_server(hanging, "127.0.0.1", 0)
    bad = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with serving(RequestContext(Echo(), "echo")) as good, two_replicas(tmp_path, bad, good) as client:
        reads = [(await client.get("/api/users/1")).status_code for _ in range(10)]
        hanging.asked.clear()
        writes = [(await client.post("/api/users/register", json={})).status_code for _ in range(10)]
    server.close()
    assert reads == [200] * 10
    assert sorted(writes) == [200] * 5 + [503] * 5
    assert len([line for line in hanging.asked if line.startswith("POST")]) == 5


async def test_a_write_to_a_replica_that_is_gone_is_sent_to_another(tmp_path: Path) -> None:
    gone = f"http://127.0.0.1:{free_port()}"
    async with serving(RequestContext(Echo(), "echo")) as good, two_replicas(tmp_path, gone, good) as client:
        assert [(await client.post("/api/users/register", json={})).status_code for _ in range(20)] == [200] * 20
