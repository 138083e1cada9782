"""Separate services: what happens when one is killed, and when there are two."""

import asyncio
import json
import re

import httpx
import pytest
from people import Person
from stages import DistributedStage

from common.testing.eventually import eventually

IMAGES = 6
FANS = 12


@pytest.fixture
async def http(distributed: DistributedStage) -> "httpx.AsyncClient":
    async with httpx.AsyncClient(base_url=distributed.url, timeout=30) as client:
        yield client  # type: ignore[misc]


async def count_of(person: Person) -> int:
    return int((await person.get("/api/works/my"))["pagination"]["total_count"])


async def paint(person: Person, images: int) -> None:
    for _ in range(images // 2):
        body = {"prompt": "竹林里的灯笼", "size": "512x512", "steps": 10, "batchSize": 2}
        await person.post("/api/generate", body, status=201)


async def test_works_killed_with_messages_in_flight_makes_every_image_one_work_and_every_like_count_once(
    http: httpx.AsyncClient, distributed: DistributedStage
) -> None:
    alice = await Person.register(http)
    await paint(alice, 2)
    await eventually(lambda: count_of(alice), lambda n: n == 2, within=60)
    work = (await alice.get("/api/works/my"))["works"][0]["id"]
    await alice.put(f"/api/works/{work}", {"is_public": True})
    fans = [await Person.register(http, "fan") for _ in range(FANS)]

    await paint(alice, IMAGES)
    liking = [fan.post(f"/api/works/{work}/like", {"liked": True}) for fan in fans[: FANS // 2]]
    await asyncio.gather(*liking)
    distributed.kill_process("works")

    async def painted() -> bool:
        tasks = (await alice.get("/api/generate"))["tasks"]
        return all(task["status"] == "completed" for task in tasks)

    await eventually(painted, within=90)
    distributed.start_service("works")
    await asyncio.gather(*(fan.post(f"/api/works/{work}/like", {"liked": True}) for fan in fans))

    await eventually(lambda: count_of(alice), lambda n: n >= IMAGES + 2, within=60)

    async def figures() -> tuple[int, int]:
        stats = await alice.get("/api/stats/user")
        return stats["total_works"], stats["total_likes"]

    assert await eventually(figures, lambda f: f == (IMAGES + 2, FANS), within=30) == (IMAGES + 2, FANS)
    assert await count_of(alice) == IMAGES + 2
    assert (await alice.get(f"/api/works/{work}"))["work"]["likes"] == FANS


async def test_two_replicas_publish_nothing_twice_in_effect_and_skip_nothing(
    http: httpx.AsyncClient, distributed: DistributedStage
) -> None:
    distributed.start_service("works#2")
    distributed.write_edge()
    alice = await Person.register(http)
    fans = [await Person.register(http, "fan") for _ in range(FANS)]
    await paint(alice, 4)
    await eventually(lambda: count_of(alice), lambda n: n == 4, within=60)
    works = [w["id"] for w in (await alice.get("/api/works/my"))["works"]]
    for work in works:
        await alice.put(f"/api/works/{work}", {"is_public": True})
    await asyncio.gather(*(fan.post(f"/api/works/{work}/like", {"liked": True}) for fan in fans for work in works))

    async def likes() -> int:
        return int((await alice.get("/api/stats/user"))["total_likes"])

    await eventually(likes, lambda n: n == FANS * len(works), within=30)
    distributed.kill_process("works")
    distributed.write_edge()
    await eventually(lambda: gone(fans[0], works[0]), within=30)
    await eventually(likes, lambda n: n == FANS * len(works) - 1, within=30)
    distributed.start_service("works")


async def gone(fan: Person, work: int) -> bool:
    """Unlike, through whichever replica answers."""
    try:
        answer = await fan.post(f"/api/works/{work}/like", {"liked": False})
    except (AssertionError, httpx.HTTPError):
        return False
    return answer["is_liked"] is False


async def test_one_correlation_id_runs_from_the_request_to_the_last_services_log(
    http: httpx.AsyncClient, distributed: DistributedStage
) -> None:
    alice, bob = await Person.register(http), await Person.register(http, "friend")
    await paint(alice, 2)
    await eventually(lambda: count_of(alice), lambda n: n == 2, within=60)
    work = (await alice.get("/api/works/my"))["works"][0]["id"]
    await alice.put(f"/api/works/{work}", {"is_public": True})
    conversation = "journey-of-one-like-0001"
    headers = {"Authorization": f"Bearer {bob.token}", "X-Correlation-ID": conversation}
    answer = await http.post(f"/api/works/{work}/like", headers=headers, json={})
    assert answer.headers["x-correlation-id"] == conversation

    async def spoken_of() -> set[str]:
        return {name for name in ("works", "stats", "gateway") if conversation in distributed.log(name)}

    await eventually(spoken_of, lambda names: {"works", "stats"} <= names)
    lines = [json.loads(li) for li in distributed.log("stats").splitlines() if conversation in li]
    assert any(re.search("WorkLiked", json.dumps(line)) for line in lines)


async def test_a_service_that_is_down_answers_503_in_the_envelope_and_the_rest_serve(
    http: httpx.AsyncClient, distributed: DistributedStage
) -> None:
    alice = await Person.register(http)
    distributed.kill_process("stats")
    response = await http.get("/api/stats/user", headers={"Authorization": f"Bearer {alice.token}"})
    assert (response.status_code, response.json()["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert response.headers["retry-after"]
    assert (await http.get("/api/works/gallery")).status_code == 200
    distributed.start_service("stats")
    assert (await alice.get("/api/stats/user"))["total_works"] == 0
