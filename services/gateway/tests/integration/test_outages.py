"""Who is down, and what a client is told: always the envelope, through a real Traefik."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx

from common.testing.eventually import eventually
from gateway.settings import Settings
from gateway.testing import running_edge

WAYS = (
    ("GET", "/api/works/gallery"),
    ("POST", "/api/users/login"),
    ("GET", "/api/v1/stats/user"),
    ("PUT", "/api/admin/maintenance"),
    ("GET", "/health/ready"),
    ("GET", "/nowhere"),
)


def is_unavailable(answer: httpx.Response) -> None:
    assert answer.status_code == 503, answer.text
    assert answer.json()["code"] == "SERVICE_UNAVAILABLE"
    assert int(answer.headers["Retry-After"]) >= 1
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["X-Correlation-ID"]


async def test_one_of_two_gateways_killed_costs_nobody_an_answer(settings: Settings, tmp_path: Path) -> None:
    async with running_edge(settings, tmp_path, replicas=2) as edge:
        await edge.gateways[0].aclose()
        answers = [await edge.client.get("/api/works/gallery") for _ in range(40)]
        assert Counter(answer.status_code for answer in answers) == {200: 40}

        async def at_once() -> Counter[int]:
            answers = await asyncio.gather(*(edge.client.get("/api/works/gallery") for _ in range(10)))
            return Counter(answer.status_code for answer in answers)

        await eventually(at_once, lambda counted: counted == {200: 10}, within=3)
        assert (await edge.client.get("/health/live")).status_code == 200


async def test_without_any_gateway_everything_is_unavailable_in_the_envelope(
    settings: Settings, tmp_path: Path
) -> None:
    async with running_edge(settings, tmp_path, replicas=2) as edge:
        for gateway in edge.gateways:
            await gateway.aclose()
        edge.echo.received.clear()
        for method, path in WAYS:
            is_unavailable(await edge.client.request(method, path, headers=edge.bearer()))
        large = await edge.client.post("/api/users/login", content=b"x" * (10 * 1024 * 1024))
        is_unavailable(large)
        assert edge.echo.received == []


async def test_the_page_comes_from_whichever_service_still_answers(settings: Settings, tmp_path: Path) -> None:
    async with running_edge(settings, tmp_path, absent=["auth", "generation", "works"]) as edge:
        await edge.gateways[0].aclose()
        is_unavailable(await edge.client.get("/api/works/gallery"))


async def test_a_stopped_service_is_unavailable_and_the_rest_serve(settings: Settings, tmp_path: Path) -> None:
    async with running_edge(settings, tmp_path, absent=["stats"]) as edge:
        for method in ("GET", "POST", "DELETE"):
            is_unavailable(await edge.client.request(method, "/api/stats/user", headers=edge.bearer()))
        assert (await edge.client.get("/api/works/gallery")).status_code == 200
