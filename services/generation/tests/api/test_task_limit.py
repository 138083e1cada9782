"""So many unfinished tasks of one user and no more, whoever asks at once and through whichever replica."""

import asyncio

import httpx
import pytest

from common.bus import InProcessBus
from generation.bootstrap import build

LIMIT = 7


@pytest.fixture
def settings(settings):
    return settings.model_copy(update={"tasks_per_user": LIMIT})


async def statuses(*calls) -> list[int]:
    return sorted(answer.status_code for answer in await asyncio.gather(*calls))


async def test_fifty_at_once_to_two_replicas_give_as_many_tasks_as_are_allowed(front, settings):
    other = build(
        settings, bus=InProcessBus(), objects=front.objects, verifier=front.tokens.verifier(), engine=front.engine
    )
    for step in other.prepare:
        await step()
    transport = httpx.ASGITransport(other.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as second:
        body = {"prompt": "一只可爱的小猫", "size": "512x512"}
        there = [second.post("/api/generate", json=body, headers=front.tokens.bearer(1)) for _ in range(25)]
        assert await statuses(*there, *(front.generate() for _ in range(25))) == [201] * LIMIT + [429] * 43
    for step in other.close:
        await step()

    assert await front.store.db.tasks.count_documents({"user_id": 1}) == LIMIT
    assert (await front.credits())["balance"] == 500 - 3 * LIMIT


async def test_the_refusal_is_in_the_envelope_and_costs_nothing(front):
    assert await statuses(*(front.generate() for _ in range(LIMIT))) == [201] * LIMIT

    refused = await front.generate()

    assert refused.status_code == 429
    assert refused.json() == {
        "success": False,
        "error": f"未完成的任务已达上限（{LIMIT}个），请等待完成或取消后再提交",
        "code": "TOO_MANY_TASKS",
    }
    assert int(refused.headers["retry-after"]) >= 1
    assert (await front.credits())["reserved"] == 3 * LIMIT
    assert (await front.generate(user=2)).status_code == 201


async def test_a_repeat_of_an_accepted_request_gets_its_answer_at_the_limit(front):
    headers = {"Idempotency-Key": "first"}
    first = await front.generate(headers=headers)
    await asyncio.gather(*(front.generate() for _ in range(LIMIT - 1)))
    assert (await front.generate()).status_code == 429

    again = await front.generate(headers=headers)

    assert (again.status_code, again.json()["data"]["taskId"]) == (201, first.json()["data"]["taskId"])


async def test_a_cancelled_or_finished_task_makes_room(front):
    tasks = [(await front.generate()).json()["data"]["taskId"] for _ in range(LIMIT)]
    await front.call("DELETE", f"/api/generate/{tasks[0]}")

    assert await statuses(front.generate(), front.generate()) == [201, 429]


async def test_the_refusal_is_in_the_document(front):
    responses = front.service.app.openapi()["paths"]["/api/generate"]["post"]["responses"]
    assert "TOO_MANY_TASKS" in responses["429"]["content"]["application/json"]["examples"]
    assert "Retry-After" in responses["429"]["headers"]
