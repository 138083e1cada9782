"""A work's recipe once more, as a task of the caller."""

import asyncio
import hashlib
import io
import secrets
from datetime import UTC, datetime

import pytest
from PIL import Image

from common.contracts.works import WorkCreated, WorkDeleted, WorkPublished, WorkUnpublished
from common.messages import Envelope
from common.objects import ORIGINALS
from common.testing.eventually import eventually
from generation.operations import rebuild

ALICE, BOB = 1, 2
NOW = datetime.now(UTC)


def told(message, number):
    return Envelope(
        id=secrets.token_hex(16),
        key=message.routing_key(),
        stream=f"work-{message.work_id}",
        number=number,
        at=NOW,
        correlation_id=secrets.token_hex(16),
        data=message.model_dump(mode="json"),
    )


def created(work_id, owner, image_id, number=1):
    return told(WorkCreated(work_id=work_id, owner_id=owner, image_id=image_id, created_at=NOW), number)


def published(work_id, owner, number=2):
    return told(WorkPublished(work_id=work_id, owner_id=owner, published_at=NOW), number)


def unpublished(work_id, owner, number=3):
    return told(WorkUnpublished(work_id=work_id, owner_id=owner, public_keys=[]), number)


def deleted(work_id, owner, number=9):
    return told(WorkDeleted(work_id=work_id, owner_id=owner), number)


async def hear(studio, *envelopes):
    await studio.service.messaging.consumer.handle(envelopes)


async def remix(studio, work_id, user=ALICE, **headers):
    return await studio.call("POST", f"/api/works/{work_id}/remix", user, headers=headers)


async def ordered(front, work_id=7, index=0, owner=ALICE, **body):
    """A task of this owner; the message that makes a work of one of its pictures, which is recorded by hand."""
    data = (await front.generate(owner, **body)).json()["data"]
    return data, created(work_id, owner, data["taskId"].replace("task_", "img_") + f"_{index}")


async def pictured(studio, work_id=7, index=0, owner=ALICE, **body):
    """A task that is painted, and a work of one of its pictures."""
    data, work = await ordered(studio, work_id, index, owner, **body)
    await studio.ended(data["taskId"], owner)
    await hear(studio, work)
    return data


async def pixels_of(studio, task_id):
    (image,) = [e.event for e in await studio.store.read(f"task-{task_id}") if e.event.name == "ImageGenerated"][:1]
    return image, await studio.objects.get(ORIGINALS, image.image_key)


async def test_a_remix_is_a_task_of_the_same_recipe_whose_pixels_are_identical(studio):
    body = {"prompt": "雪山", "negativePrompt": "模糊", "model": "sd_xl_flat", "size": "768x512", "batchSize": 3,
            "cfgScale": 6.5, "steps": 12, "seed": 100, "sampler": "euler", "clipSkip": 1}  # fmt: skip
    first = await pictured(studio, index=2, **body)

    answer = await remix(studio, 7)

    data = answer.json()["data"]
    assert answer.status_code == 201
    assert answer.headers["location"] == f"/api/generate/{data['taskId']}"
    assert (data["status"], data["remixOf"], first["remixOf"]) == ("pending", 7, None)
    again = body | {"batchSize": 1, "seed": 102}
    assert {name: data["config"][name] for name in again} == again
    await studio.ended(data["taskId"])
    image, file = await pixels_of(studio, data["taskId"])
    source = (await studio.store.read(f"task-{first['taskId']}"))[4].event
    original = await studio.objects.get(ORIGINALS, source.image_key)
    assert Image.open(io.BytesIO(file)).tobytes() == Image.open(io.BytesIO(original)).tobytes()
    assert (image.remix_of, image.pixels_sha256) == (7, source.pixels_sha256)
    assert image.pixels_sha256 == hashlib.sha256(Image.open(io.BytesIO(file)).convert("RGB").tobytes()).hexdigest()
    assert image.sha256 != source.sha256, "the labels name another picture"


async def test_the_owner_of_a_private_work_and_everybody_for_a_public_one(studio):
    await pictured(studio)

    assert (await remix(studio, 7, BOB)).status_code == 404
    assert (await remix(studio, 7, ALICE)).status_code == 201
    await hear(studio, published(7, ALICE))
    assert (await remix(studio, 7, BOB)).status_code == 201
    await hear(studio, unpublished(7, ALICE))
    assert (await remix(studio, 7, BOB)).status_code == 404
    await hear(studio, deleted(7, ALICE))
    answer = await remix(studio, 7, ALICE)
    assert (answer.status_code, answer.json()["code"], answer.json()["error"]) == (404, "NOT_FOUND", "作品不存在")


@pytest.mark.parametrize("work_id", ["8", "0", "9007199254740992", "99999999999999999999999"])
async def test_a_work_that_nobody_has_is_not_found(front, work_id):
    answer = await remix(front, work_id)

    assert answer.status_code in (404, 422)
    assert answer.json()["success"] is False
    assert await front.store.db.tasks.count_documents({}) == 0


async def test_messages_in_any_order_and_twice_say_the_same(studio):
    data, work = await ordered(studio)
    await studio.ended(data["taskId"])
    news = [published(7, ALICE, 4), unpublished(7, ALICE, 3), published(7, ALICE, 2), work]

    await hear(studio, *news, *news)
    assert (await remix(studio, 7, BOB)).status_code == 201

    await hear(studio, deleted(8, ALICE), published(8, ALICE), created(8, ALICE, "img_gone_0"))
    assert (await remix(studio, 8, ALICE)).status_code == 404


async def test_a_work_whose_picture_no_task_has_is_not_found(studio):
    data, _ = await ordered(studio)
    await studio.ended(data["taskId"])
    for number, image_id in enumerate(["img_unknown_0", data["taskId"].replace("task_", "img_") + "_1", "nonsense"]):
        await hear(studio, created(20 + number, ALICE, image_id))
        assert (await remix(studio, 20 + number)).status_code == 404


async def test_a_repeat_with_the_same_key_is_the_first_task_even_when_the_work_is_gone(studio):
    await pictured(studio)
    first = await remix(studio, 7, **{"Idempotency-Key": "remix-1"})
    await hear(studio, deleted(7, ALICE))

    again = await remix(studio, 7, **{"Idempotency-Key": "remix-1"})
    other = await remix(studio, 8, **{"Idempotency-Key": "remix-1"})

    assert again.json()["data"]["taskId"] == first.json()["data"]["taskId"]
    assert (again.status_code, other.status_code) == (201, 422)
    assert await studio.store.db.tasks.count_documents({}) == 2


async def test_refusals_are_those_of_any_task_and_cost_nothing(studio, monkeypatch):
    await pictured(studio, prompt="雪山", size="1024x1024", steps=50)
    await hear(studio, published(7, ALICE))
    tasks = await studio.store.db.tasks.count_documents({})

    catalogue = await studio.engine.models()
    without = catalogue.__class__(catalogue.models[1:], catalogue.source)

    async def fewer():
        return without

    monkeypatch.setattr(studio.engine, "models", fewer)
    gone = await remix(studio, 7, BOB)
    monkeypatch.undo()
    assert (gone.status_code, gone.json()["code"]) == (422, "INVALID_MODEL")
    assert "不再提供" in gone.json()["error"]

    balance = (await studio.credits(BOB))["balance"]
    while balance >= 20:
        assert (await studio.generate(BOB, size="1024x1024", steps=50, batchSize=1)).status_code == 201
        balance -= 20
    spent = await remix(studio, 7, BOB)
    assert (spent.status_code, spent.json()["code"]) == (402, "INSUFFICIENT_CREDITS")
    assert await studio.store.db.tasks.count_documents({"user_id": ALICE}) == tasks
    assert await studio.store.db.tasks.count_documents({"remix_of": {"$ne": None}}) == 0


async def test_a_prompt_that_todays_rules_forbid_is_not_painted_again(studio):
    data = await pictured(studio)
    stream = {"stream": f"task-{data['taskId']}", "type": "GenerationRequested"}
    await studio.store.db.events.update_one(stream, {"$set": {"data.order.prompt": "色情图片"}})

    answer = await remix(studio, 7)

    assert (answer.status_code, answer.json()["code"]) == (422, "CONTENT_VIOLATION")
    assert answer.json()["details"][0]["rule"] == "sexual.explicit"


async def test_nobody_remixes_without_a_token(front):
    assert (await front.client.post("/api/works/7/remix")).status_code == 401


async def test_a_rebuild_hears_of_the_works_again_over_what_is_known(studio):
    data, work = await ordered(studio)
    await studio.ended(data["taskId"])
    news = [work, published(7, ALICE)]
    await hear(studio, *news)
    asked = asyncio.Event()

    async def history(_requests):
        asked.set()
        await hear(studio, *news)

    await studio.bus.subscribe("works.replay", history)
    await studio.store.db.works.update_one({"_id": 7}, {"$set": {"image_id": "img_wrong_0"}, "$unset": {"public": ""}})
    assert (await remix(studio, 7, BOB)).status_code == 404

    said = await rebuild(studio.store)

    assert "works" in said
    async with asyncio.timeout(20):
        await asked.wait()
    answer = await eventually(lambda: remix(studio, 7, BOB), lambda answer: answer.status_code == 201)
    assert answer.json()["data"]["remixOf"] == 7
