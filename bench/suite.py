"""The embedded suite from outside: what a request costs above the cheapest one, and how soon others know.

Run: make bench
Ratios are against `GET /health/live`, the floor of this server on this machine, measured in turn in the same run.
"""

import argparse
import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import httpx

from common.local.process import free_port

Ask = Callable[[], Awaitable[httpx.Response]]


class Suite:
    """`python -m embedded` in a folder of its own, without rate limits; `more` are further settings."""

    def __init__(self, folder: Path, **more: str) -> None:
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        settings = {
            "PORT": str(self.port),
            "DATA_DIR": str(folder),
            "RATE_LIMIT_ENABLED": "false",
            "LOG_LEVEL": "WARNING",
            **more,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "embedded"], env={**os.environ, **settings}, stdout=subprocess.DEVNULL
        )

    async def answers(self) -> None:
        async with httpx.AsyncClient() as client:
            for _ in range(600):
                try:
                    if (await client.get(f"{self.url}/health/ready")).status_code == 200:
                        return
                except httpx.HTTPError:
                    pass
                await asyncio.sleep(0.1)
        raise SystemExit("the suite did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait(30)


async def data(response: httpx.Response) -> Any:
    assert response.status_code < 400, response.text
    return response.json()["data"]


async def person(http: httpx.AsyncClient) -> dict[str, str]:
    name = f"bench_{secrets.token_hex(4)}"
    body = {"username": name, "email": f"{name}@example.com", "password": "bench1234"}
    await data(await http.post("/api/users/register", json=body))
    token = (await data(await http.post("/api/users/login", json=body)))["token"]
    return {"Authorization": f"Bearer {token}"}


async def paint(http: httpx.AsyncClient, alice: dict[str, str]) -> float:
    """Seconds from the request to the completed task, the painting itself included."""
    started = time.perf_counter()
    body = {"prompt": "雪山", "size": "512x512", "steps": 10}
    headers = {**alice, "Prefer": "wait=30"}
    task = await data(await http.post("/api/generate", json=body, headers=headers))
    assert task["images"], task
    return time.perf_counter() - started


async def rate(ask: Ask, seconds: float, callers: int) -> tuple[float, float]:
    """Answers a second from `callers` asking without pause, and the median milliseconds of one."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def caller() -> None:
        while (began := time.perf_counter()) < end:
            response = await ask()
            assert response.status_code < 400, response.text
            times.append(time.perf_counter() - began)

    await asyncio.gather(*(caller() for _ in range(callers)))
    return len(times) / seconds, statistics.median(times) * 1000


async def until_counted(http: httpx.AsyncClient, alice: dict[str, str], bob: dict[str, str], work: int) -> float:
    """Seconds from a like's answer to the statistics that count it."""
    before = (await data(await http.get("/api/stats/user", headers=alice)))["total_likes"]
    liked = (await data(await http.post(f"/api/works/{work}/like", headers=bob, json={})))["is_liked"]
    wanted = before + (1 if liked else -1)
    began = time.perf_counter()
    while (await data(await http.get("/api/stats/user", headers=alice)))["total_likes"] != wanted:  # noqa: ASYNC110
        await asyncio.sleep(0.001)  # seen from outside, as a client would
    return time.perf_counter() - began


async def measure(url: str, seconds: float, callers: int) -> None:
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=httpx.Limits(max_connections=callers + 4)) as http:
        alice, bob = await person(http), await person(http)
        await paint(http, alice)
        painting = [await paint(http, alice) for _ in range(5)]
        works: list[Any] = []
        while len(works) < 6:
            works = (await data(await http.get("/api/works/my", headers=alice)))["works"]
        for work in works:
            await data(await http.put(f"/api/works/{work['id']}", headers=alice, json={"is_public": True}))
        first = works[0]["id"]
        asked: dict[str, Ask] = {
            "GET /health/live (floor)": lambda: http.get("/health/live"),
            "GET /api/works/gallery": lambda: http.get("/api/works/gallery"),
            "GET /api/works/{id}": lambda: http.get(f"/api/works/{first}", headers=bob),
            "GET /api/users/profile": lambda: http.get("/api/users/profile", headers=bob),
            "GET /api/stats/user": lambda: http.get("/api/stats/user", headers=alice),
            "POST /api/works/{id}/like": lambda: http.post(f"/api/works/{first}/like", headers=bob, json={}),
        }
        floor = 0.0
        for name, ask in asked.items():
            found, median = await rate(ask, seconds, 1 if "like" in name else callers)
            floor = floor or found
            print(f"{name:28} {found:6.0f}/s   1/{floor / found:.1f} of the floor   median {median:.1f} ms")
        lags = sorted([await until_counted(http, alice, bob, first) for _ in range(30)])
        print(f"like -> statistics: median {lags[15] * 1000:.0f} ms, 90th percentile {lags[27] * 1000:.0f} ms")
        print(f"POST -> picture (512x512, sketch): median {statistics.median(painting) * 1000:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--callers", type=int, default=8)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        suite = Suite(Path(folder))
        try:
            asyncio.run(suite.answers())
            asyncio.run(measure(suite.url, asked.seconds, asked.callers))
        finally:
            suite.stop()


if __name__ == "__main__":
    main()
