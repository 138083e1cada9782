"""Credits: reserved, charged, refunded; never spent twice and never negative."""

import asyncio
from datetime import UTC, datetime

from common.context import new_id
from common.contracts.auth import UserRegistered
from common.messages import Envelope
from common.testing.eventually import eventually

ORDER = {"size": "1024x1024", "model": "flat", "steps": 25}  # 10 credits


def registered(user_id: int) -> Envelope:
    message = UserRegistered(user_id=user_id, username="alice", registered_at=datetime.now(UTC))
    return Envelope(
        id=new_id(),
        key=message.routing_key(),
        stream=f"user-{user_id}",
        number=1,
        at=datetime.now(UTC),
        correlation_id=new_id(),
        data=message.model_dump(mode="json"),
    )


async def spend_down_to(front, balance: int) -> None:
    """Grants nothing and spends the signup credits until `balance` (a multiple of 10) is left."""
    while (left := (await front.credits())["balance"]) > balance:
        batch = min(4, (left - balance) // 10)
        assert (await front.generate(**ORDER, batchSize=batch)).status_code == 201


async def test_a_registered_user_has_the_signup_credits_once(front):
    listening = front.service.messaging.consumer
    await eventually(lambda: front.store.db.consumers.find_one({"_id": listening.name}))

    await front.bus.publish([registered(1), registered(1)])
    await front.generate()
    await front.bus.publish([registered(1)])

    account = await front.credits()
    assert account["balance"] == 497
    assert [entry["type"] for entry in account["ledger"]] == ["reserved", "granted"]


async def test_an_unheard_user_can_spend_at_once_and_is_not_given_credits_again(front):
    assert (await front.generate()).status_code == 201
    listening = front.service.messaging.consumer
    await eventually(lambda: front.store.db.consumers.find_one({"_id": listening.name}))
    await front.bus.publish([registered(1)])

    assert (await front.credits())["balance"] == 497


async def test_fifty_spends_of_a_balance_for_ten_give_ten_tasks(front):
    await spend_down_to(front, 100)
    before = (await front.call("GET", "/api/generate")).json()["data"]["pagination"]["total_count"]

    answers = await asyncio.gather(*(front.generate(**ORDER) for _ in range(50)))

    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [201] * 10 + [402] * 40
    refused = next(answer for answer in answers if answer.status_code == 402)
    assert refused.json()["code"] == "INSUFFICIENT_CREDITS"
    assert (await front.credits())["balance"] == 0
    after = (await front.call("GET", "/api/generate")).json()["data"]["pagination"]["total_count"]
    assert after - before == 10


async def test_fifty_repeats_under_one_key_are_one_task(front):
    headers = {"Idempotency-Key": "the-same-key"}

    answers = await asyncio.gather(*(front.generate(headers=headers, seed=-1) for _ in range(50)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["data"]["taskId"] for answer in answers}) == 1
    assert (await front.credits())["balance"] == 497


async def test_a_key_belongs_to_one_user_and_one_request(front):
    headers = {"Idempotency-Key": "key"}
    first = await front.generate(headers=headers)

    other_body = await front.generate(headers=headers, prompt="另一只猫")
    other_user = await front.generate(user=2, headers=headers)

    assert (other_body.status_code, other_body.json()["code"]) == (422, "VALIDATION_ERROR")
    assert other_user.status_code == 201
    assert other_user.json()["data"]["taskId"] != first.json()["data"]["taskId"]
    assert (await front.generate(headers={"Idempotency-Key": "x" * 201})).status_code == 422


async def test_a_cancel_in_the_queue_refunds_and_repeats_harmlessly(front):
    task_id = (await front.generate()).json()["data"]["taskId"]

    for _ in range(2):
        answer = await front.call("DELETE", f"/api/generate/{task_id}")
        assert answer.status_code == 200
        assert (answer.json()["data"]["status"], answer.json()["data"]["error_code"]) == ("failed", "CANCELLED")

    account = await front.credits()
    assert (account["balance"], account["reserved"]) == (500, 0)
    assert [entry["type"] for entry in account["ledger"]] == ["refunded", "reserved", "granted"]


async def test_a_cancel_while_painting_stops_the_painting_and_refunds(studio):
    studio.engine.hold()
    task_id = (await studio.generate(batchSize=2)).json()["data"]["taskId"]
    await studio.engine.waiting.wait()

    await studio.call("DELETE", f"/api/generate/{task_id}")
    next_task = (await studio.generate()).json()["data"]["taskId"]
    await eventually(lambda: studio.task(next_task), lambda task: task["status"] == "processing", within=5)
    studio.engine.release()
    await studio.ended(next_task)

    assert (await studio.task(task_id))["images"] == []
    assert (await studio.credits())["balance"] == 497


async def test_a_completed_task_cannot_be_cancelled(studio):
    task_id = (await studio.generate(batchSize=2)).json()["data"]["taskId"]
    await studio.ended(task_id)

    answer = await studio.call("DELETE", f"/api/generate/{task_id}")

    assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
    assert (await studio.credits())["balance"] == 495


async def test_a_quote_is_the_price_without_a_task(front):
    answer = await front.call("POST", "/api/generate/quote", json={"model": "sd_xl_flat", "size": "1024x1024"})

    quote = answer.json()["data"]
    assert (quote["cost"], quote["balance"], quote["affordable"]) == (15, 500, True)
    assert quote["estimatedTime"] >= 1
    assert (await front.call("GET", "/api/generate")).json()["data"]["tasks"] == []


async def test_only_an_admin_grants_and_a_repeat_grants_once(front):
    await front.credits(user=7)
    body, headers = {"user_id": 7, "amount": 100, "reason": "活动奖励"}, {"Idempotency-Key": "grant-1"}

    refused = await front.call("POST", "/api/credits/grants", json=body)
    unknown = await front.call("POST", "/api/credits/grants", 99, "admin", json=body | {"user_id": 8})
    granted = [
        await front.call("POST", "/api/credits/grants", 99, "admin", json=body, headers=headers) for _ in range(2)
    ]

    assert (refused.status_code, unknown.status_code) == (403, 404)
    assert [answer.status_code for answer in granted] == [201, 201]
    assert granted[0].json() == granted[1].json()
    account = await front.credits(user=7)
    assert account["balance"] == 600
    assert account["ledger"][0]["reason"] == "活动奖励"


async def test_the_ledger_is_paged(front):
    for _ in range(3):
        await front.generate()

    data = (await front.call("GET", "/api/credits?page=2&limit=2")).json()["data"]

    assert [entry["type"] for entry in data["ledger"]] == ["reserved", "granted"]
    assert [entry["balance"] for entry in data["ledger"]] == [497, 500]
    assert data["pagination"]["total_count"] == 4
