"""With one neighbour down the rest serves, and what waits for it is done when it is back."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from people import Person, Refused

from common.testing.eventually import eventually
from faults.servers import PAINTERS, FaultServers
from faults.stage import REPLICAS, FaultStage

SINGLES = tuple(name for name in REPLICAS if "#" not in name)
ORDER = {"prompt": "月光下的雪山", "size": "512x512", "steps": 10, "batchSize": 1}
LATER = 240.0  # seconds: pauses between tries grow to ten, on a machine that others use too


@pytest.fixture(scope="module")
async def stage(servers: FaultServers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[FaultStage]:
    await asyncio.to_thread(servers.fresh_broker_space, "degraded")
    stage = FaultStage(tmp_path_factory.mktemp("degraded"), servers, {}, SINGLES)
    try:
        await stage.open()
        yield stage
    finally:
        await stage.close()


@pytest.fixture
async def http(stage: FaultStage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=stage.url, timeout=120) as client:
        yield client


@pytest.fixture
async def alice(http: httpx.AsyncClient) -> Person:
    return await Person.register(http, "alice")


@pytest.fixture
async def work(alice: Person) -> int:
    """A public work of hers."""
    await alice.post("/api/generate", ORDER, status=201)
    number = (await eventually(lambda: works_of(alice), within=LATER))[0]["id"]
    await alice.put(f"/api/works/{number}", {"is_public": True})
    return int(number)


@asynccontextmanager
async def without(stage: FaultStage, *names: str) -> AsyncIterator[None]:
    """Nothing of these runs inside the block; all of it does after."""
    for name in names:
        await asyncio.to_thread(stage.kill, name)
    try:
        yield
    finally:
        await stage.revive(*names)


async def works_of(person: Person) -> list[Any]:
    works: list[Any] = (await person.get("/api/works/my"))["works"]
    return works


async def refused(asked: Awaitable[object]) -> tuple[int, str]:
    with pytest.raises(Refused) as said:
        await asked
    return said.value.status, said.value.code


async def succeeds(ask: Callable[[], Awaitable[object]]) -> bool:
    try:
        await ask()
    except (Refused, httpx.HTTPError):
        return False
    return True


UNAVAILABLE = (503, "SERVICE_UNAVAILABLE")


async def test_without_auth_whoever_is_logged_in_goes_on_and_the_gallery_serves(
    stage: FaultStage, http: httpx.AsyncClient, alice: Person, work: int
) -> None:
    bob = await Person.register(http, "bob")
    async with without(stage, "auth"):
        assert work in [w["id"] for w in (await Person(http).get("/api/works/gallery", limit=100))["works"]]
        assert (await bob.post(f"/api/works/{work}/like", {"liked": True}))["is_liked"]
        assert (await alice.post("/api/generate", ORDER, status=201))["status"] == "pending"
        assert (await alice.get("/api/stats/user"))["total_works"] >= 0
        login = {"username": alice.name, "password": "never-mind-1"}
        assert await refused(Person(http).post("/api/users/login", login)) == UNAVAILABLE
    assert await refused(Person(http).post("/api/users/login", login)) == (401, "INVALID_CREDENTIALS")


async def test_without_the_broker_writes_are_accepted_and_told_later(
    stage: FaultStage, http: httpx.AsyncClient, alice: Person, work: int
) -> None:
    async with without(stage, "rabbitmq"):
        bob = await Person.register(http, "bob")
        assert (await bob.post(f"/api/works/{work}/like", {"liked": True}))["likes_count"] == 1
        task = (await bob.post("/api/generate", ORDER, status=201))["taskId"]

        async def painted() -> bool:
            return bool((await bob.get(f"/api/generate/{task}"))["status"] == "completed")

        await eventually(painted, within=LATER)
        assert await works_of(bob) == []

    async def told() -> tuple[int, int]:
        return (await alice.get("/api/stats/user"))["total_likes"], len(await works_of(bob))

    assert await eventually(told, lambda seen: seen == (1, 1), within=LATER) == (1, 1)


async def test_without_the_object_store_only_pictures_are_unavailable(
    stage: FaultStage, http: httpx.AsyncClient, alice: Person, work: int
) -> None:
    task = (await alice.post("/api/generate", ORDER, status=201))["taskId"]
    await eventually(lambda: works_of(alice), lambda works: len(works) == 2, within=LATER)
    draft = next(w["id"] for w in await works_of(alice) if not w["is_public"])
    async with without(stage, "s3"):
        shown = (await Person(http).get(f"/api/works/{work}"))["work"]
        picture = await http.get(shown["image_url"])
        assert (picture.status_code, picture.json()["code"]) == UNAVAILABLE
        assert picture.headers["Retry-After"]
        assert await refused(alice.put(f"/api/works/{draft}", {"is_public": True})) == UNAVAILABLE
        assert (await alice.get(f"/api/generate/{task}"))["status"] == "completed"
        assert (await alice.put(f"/api/works/{draft}", {"title": f"未受影响 {draft}"}))["work"]["title"]
        assert (await http.get("/health/ready")).status_code == 200
        waiting = (await alice.post("/api/generate", ORDER, status=201))["taskId"]

    async def done() -> bool:
        return bool((await alice.get(f"/api/generate/{waiting}"))["status"] == "completed")

    await eventually(done, within=LATER)
    assert (await http.get(shown["image_url"])).headers["Content-Type"] == "image/png"


async def test_without_the_database_every_answer_is_503_in_the_envelope_and_it_all_comes_back(
    stage: FaultStage, http: httpx.AsyncClient, alice: Person, work: int
) -> None:
    async with without(stage, "mongodb"):
        for path in ("/api/works/gallery", "/api/credits", "/api/stats/user", "/api/users/profile"):
            assert await refused(alice.get(path)) == UNAVAILABLE, path
        assert (await http.get("/health/live")).status_code == 200
    await eventually(lambda: succeeds(lambda: alice.post(f"/api/works/{work}/like", {"liked": True})), within=LATER)


async def test_without_any_comfyui_orders_wait_and_are_painted_later(
    stage: FaultStage, http: httpx.AsyncClient, alice: Person
) -> None:
    await alice.get("/api/models")
    async with without(stage, *PAINTERS):
        task = (await alice.post("/api/generate", ORDER, status=201))["taskId"]
        assert (await alice.get("/api/works/my"))["works"] == []

    async def done() -> bool:
        return bool((await alice.get(f"/api/generate/{task}"))["status"] == "completed")

    await eventually(done, within=LATER)
    assert (await alice.get("/api/credits"))["reserved"] == 0
