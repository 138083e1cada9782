"""Many at once through the gateway: what must happen once happens once."""

import asyncio
import secrets
from collections import Counter
from collections.abc import Awaitable, Iterable

import httpx
import pytest
from people import Person

from common.testing.eventually import eventually

AT_ONCE = 50
AFFORDABLE, FIFTY_CREDITS = 10, 50  # together what a new user has
DEAR = {"prompt": "海边的灯塔", "size": "1024x1024", "steps": 31, "batchSize": 4}  # costs fifty credits
CHEAP = {"prompt": "海边的灯塔", "size": "512x512", "steps": 10}  # costs one


@pytest.fixture
async def http(base_url: str) -> "httpx.AsyncClient":
    """A browser with as many connections as there are callers, so that they do meet."""
    limits = httpx.Limits(max_connections=AT_ONCE)
    async with httpx.AsyncClient(base_url=base_url, timeout=60, limits=limits) as client:
        yield client  # type: ignore[misc]


async def outcomes(asked: Iterable[Awaitable[httpx.Response]]) -> Counter[tuple[int, str]]:
    """How often each status and code was answered."""
    answers = await asyncio.gather(*asked)
    return Counter((answer.status_code, answer.json().get("code", "")) for answer in answers)


def bearer(person: Person, **headers: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {person.token}", **headers}


async def works_of(person: Person) -> list[int]:
    return [work["id"] for work in (await person.get("/api/works/my"))["works"]]


async def test_fifty_registrations_of_one_name_give_one_user(http: httpx.AsyncClient) -> None:
    name = f"crowd_{secrets.token_hex(4)}"
    people = [
        {"username": name.upper() if n % 2 else name, "email": f"{name}_{n}@example.com", "password": "pass-word-1"}
        for n in range(AT_ONCE)
    ]
    counted = await outcomes(http.post("/api/users/register", json=person) for person in people)
    assert counted == {(201, ""): 1, (409, "USER_EXISTS"): AT_ONCE - 1}


async def test_fifty_spends_of_a_balance_for_ten_give_ten_tasks_and_nothing_left(http: httpx.AsyncClient) -> None:
    alice = await Person.register(http)
    assert (await alice.get("/api/credits"))["balance"] == AFFORDABLE * FIFTY_CREDITS
    assert (await alice.post("/api/generate/quote", DEAR))["cost"] == FIFTY_CREDITS
    counted = await outcomes(http.post("/api/generate", json=DEAR, headers=bearer(alice)) for _ in range(AT_ONCE))
    account = await alice.get("/api/credits", limit=100)
    tasks = (await alice.get("/api/generate", limit=100))["tasks"]
    for task in tasks:
        await alice.delete(f"/api/generate/{task['task_id']}")
    assert counted == {(201, ""): AFFORDABLE, (402, "INSUFFICIENT_CREDITS"): AT_ONCE - AFFORDABLE}
    assert len(tasks) == AFFORDABLE
    assert account["balance"] == 0
    assert all(line["balance"] >= 0 for line in account["ledger"])
    assert Counter(line["type"] for line in account["ledger"])["reserved"] == AFFORDABLE


async def test_fifty_likes_by_one_user_are_one_like_or_none_as_toggling_demands(http: httpx.AsyncClient) -> None:
    alice, bob = await Person.register(http), await Person.register(http, "friend")
    await alice.post("/api/generate", CHEAP, status=201)
    (work,) = await eventually(lambda: works_of(alice), lambda works: len(works) == 1, within=60)
    await alice.put(f"/api/works/{work}", {"title": f"灯塔 {alice.name}", "is_public": True})
    path, headers = f"/api/works/{work}/like", bearer(bob)

    async def likes() -> int:
        return int((await bob.get(f"/api/works/{work}"))["work"]["likes"])

    async def total_likes() -> int:
        return int((await alice.get("/api/stats/user"))["total_likes"])

    wished = await outcomes(http.post(path, json={"liked": True}, headers=headers) for _ in range(AT_ONCE))
    assert wished == {(200, ""): AT_ONCE}
    await eventually(likes, lambda count: count == 1)
    toggled = await outcomes(http.post(path, json={}, headers=headers) for _ in range(AT_ONCE))
    expected = (1 + toggled[200, ""]) % 2
    answer = await bob.get(f"/api/works/{work}")
    assert answer["work"]["is_liked"] is bool(expected)
    assert toggled.keys() <= {(200, ""), (409, "CONFLICT")}
    await eventually(likes, lambda count: count == expected)
    await eventually(total_likes, lambda count: count == expected)


async def test_fifty_repeats_of_one_request_are_one_task(http: httpx.AsyncClient) -> None:
    alice = await Person.register(http)
    headers = bearer(alice, **{"Idempotency-Key": secrets.token_hex(8)})
    answers = await asyncio.gather(*(http.post("/api/generate", json=CHEAP, headers=headers) for _ in range(AT_ONCE)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["taskId"] for answer in answers}) == 1
    assert (await alice.get("/api/generate"))["pagination"]["total_count"] == 1
    assert (await alice.get("/api/credits"))["balance"] == AFFORDABLE * FIFTY_CREDITS - 1
    await eventually(lambda: works_of(alice), lambda works: len(works) == 1, within=60)
