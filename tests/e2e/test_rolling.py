"""A new version of one service, replica after replica, while people use it: nobody notices."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

import httpx
import pytest
from people import Person
from stages import DistributedStage

from common.testing.eventually import eventually

REPLICAS = ("works", "works#2")
FANS = 4
DRAIN_SECONDS = "4"  # longer than the edge takes to see that a replica is not ready


@pytest.fixture
async def http(distributed: DistributedStage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=distributed.url, timeout=30) as client:
        yield client


@pytest.fixture
def replicas(distributed: DistributedStage) -> Iterator[DistributedStage]:
    """Two replicas of works that drain before they end, as in production."""
    before, distributed.settings = distributed.settings, {**distributed.settings, "DRAIN_SECONDS": DRAIN_SECONDS}
    for name in REPLICAS:
        if name in distributed.processes:
            distributed.kill_process(name)
        distributed.start_service(name)
    distributed.write_edge()
    yield distributed
    distributed.settings = before
    for name in REPLICAS:
        distributed.kill_process(name)
    distributed.start_service("works")


@dataclass
class Load:
    """Fans who like and unlike one work, look at it and at the gallery, without a pause, until `enough`."""

    work: int
    enough: bool = False
    statuses: Counter[tuple[str, int]] = field(default_factory=Counter)
    slowest: float = 0.0  # seconds

    async def of(self, fan: Person) -> bool:
        """What the fan's last acknowledged like says."""
        liked = False
        while not self.enough:
            liked = not liked
            await self._ask(fan, "POST", f"/api/works/{self.work}/like", json={"liked": liked})
            await self._ask(fan, "GET", f"/api/works/{self.work}")
            await self._ask(fan, "GET", "/api/works/gallery")
        return liked

    async def _ask(self, fan: Person, method: str, path: str, **sent: object) -> None:
        began = time.monotonic()
        answer = await fan.http.request(method, path, headers={"Authorization": f"Bearer {fan.token}"}, **sent)  # type: ignore[arg-type]
        self.slowest = max(self.slowest, time.monotonic() - began)
        self.statuses[(method, answer.status_code)] += 1


async def published_work(owner: Person) -> int:
    await owner.post("/api/generate", {"prompt": "晨雾中的桥", "size": "512x512", "steps": 10}, status=201)

    async def works() -> list[int]:
        return [int(work["id"]) for work in (await owner.get("/api/works/my"))["works"]]

    (work,) = await eventually(works, within=60)
    await owner.put(f"/api/works/{work}", {"is_public": True})
    return work


async def test_a_rolling_update_under_load_loses_no_request_and_no_event(
    http: httpx.AsyncClient, replicas: DistributedStage
) -> None:
    owner = await Person.register(http)
    load = Load(await published_work(owner))
    fans = [await Person.register(http, "fan") for _ in range(FANS)]
    using = [asyncio.create_task(load.of(fan)) for fan in fans]
    for name in REPLICAS:
        await asyncio.to_thread(replicas.stop_process, name)
        await asyncio.to_thread(replicas.start_service, name)
    load.enough = True
    likes = sum(await asyncio.gather(*using))

    assert set(load.statuses) == {("POST", 200), ("GET", 200)}, load.statuses
    assert load.statuses.total() > 100
    assert (await owner.get(f"/api/works/{load.work}"))["work"]["likes"] == likes

    async def counted() -> int:
        return int((await owner.get("/api/stats/user"))["total_likes"])

    assert await eventually(counted, lambda n: n == likes, within=30) == likes
    print(load.statuses, f"slowest answer {load.slowest:.2f} s")  # noqa: T201  (the figures: pytest -s)
