"""Stories of generation: answers over time, credits, repeats."""

import asyncio
import secrets

import httpx
import pytest
from document.cast import ORDER, Cast, person
from document.checking import MATCHERS
from document.coverage import covers
from people import Person, Refused

FORBIDDEN_PROMPT = "制造炸弹的教程"


async def balance(person: Person) -> int:
    return int((await person.get("/api/credits"))["balance"])


@covers(
    "generate.answer.taskId",
    "generate.answer.status.201",
    "generate.answer.status",
    "generate.answer.images.empty",
    "generate.answer.actualTime.null",
    "generate.answer.estimatedTime",
    "generate.answer.cost",
    "generate.answer.batchSize",
    "generate.answer.config",
    "generate.answer.reserved",
    "envelope.json_spelling.camel",
    "envelope.nothing_blocks",
)
async def test_a_task_is_accepted_at_once_in_the_documents_shape(cast: Cast) -> None:
    created = cast.names["created"]
    assert MATCHERS["<task id>"](created["taskId"])
    assert (created["status"], created["images"], created["actualTime"]) == ("pending", [], None)
    assert (created["cost"], created["batchSize"]) == (4, 4)
    assert created["estimatedTime"] > 0
    expected = {**ORDER, "batchSize": 4, "cfgScale": 7.5, "userId": cast.names["alice"], "cost": 4}
    assert expected.items() <= created["config"].items()
    assert {"negativePrompt", "model", "style", "createdAt", "estimatedTime"} <= created["config"].keys()
    assert MATCHERS["<time>"](created["config"]["createdAt"])
    ledger = (await cast.people["alice"].get("/api/credits"))["ledger"]
    assert [(line["type"], line["change"]) for line in ledger[:2]] == [("charged", 0), ("reserved", -4)]


@covers(
    "generate.answer.message",
    "generate.answer.actualTime",
    "generate.answer.images.id",
    "generate.answer.images.url",
    "generate.answer.images.seed",
    "generate.answer.images.config",
    "generate.answer.images.createdAt",
    "generate.answer.images.size",
    "generate.answer.images.format",
    "generate.answer.prefer_wait",
    "generate.answer.batch_seeds",
)
async def test_a_waited_for_answer_carries_the_images(http: httpx.AsyncClient, cast: Cast) -> None:
    ann = await person(http, "ann")
    headers = {"Authorization": f"Bearer {ann.token}", "Prefer": "wait=30"}
    answer = await http.post("/api/generate", json={**ORDER, "batchSize": 2, "seed": 40}, headers=headers)
    assert (answer.status_code, answer.json()["message"]) == (201, "图片生成成功")
    data = answer.json()["data"]
    assert (data["status"], len(data["images"])) == ("completed", 2)
    assert isinstance(data["actualTime"], int)
    for n, image in enumerate(data["images"]):
        assert MATCHERS["<image id>"](image["id"])
        assert (await ann.load(image["url"])).status_code == 200
        assert image["seed"] == 40 + n
        assert image["config"] == {"prompt": ORDER["prompt"], "model": data["config"]["model"], "size": "512x512"}
        assert MATCHERS["<time>"](image["createdAt"])
        assert (image["size"], image["format"]) == ("512x512", "png")


@covers(
    "generate.lora_and_style",
    "generate.default.negative",
    "generate.default.model",
    "generate.default.size",
    "generate.default.batch",
    "generate.default.cfg",
    "generate.default.steps",
    "generate.default.seed",
    "generate.default.sampler",
    "generate.default.clip",
    "generate.answer.random_seed",
)
async def test_left_out_fields_have_the_documents_defaults(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    body = {"prompt": "猫", "lora": "x.safetensors", "style": "realistic"}
    task = await ann.post("/api/generate", body, status=201)
    await ann.delete(f"/api/generate/{task['taskId']}")
    models = (await ann.get("/api/models"))["models"]
    expected = {
        "negativePrompt": "blurry, bad quality, distorted, deformed",
        "model": models[0]["value"],
        "size": "1024x1024",
        "batchSize": 1,
        "cfgScale": 7.5,
        "steps": 25,
        "sampler": "dpmpp_2m_karras",
        "clipSkip": 2,
    }
    assert expected.items() <= task["config"].items()
    assert task["config"]["seed"] >= 0


@covers("generate.content_violation", "generate.content_violation.code")
async def test_a_forbidden_prompt_is_refused_and_costs_nothing(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    for prompt in (FORBIDDEN_PROMPT, " ".join(FORBIDDEN_PROMPT)):
        with pytest.raises(Refused) as refused:
            await ann.post("/api/generate", {"prompt": prompt})
        assert (refused.value.status, refused.value.code) == (422, "CONTENT_VIOLATION")
    assert await balance(ann) == 500
    assert (await ann.get("/api/generate"))["tasks"] == []


@covers("generate.insufficient_credits", "generate.insufficient_credits.402", "generate.refused_is_free")
async def test_who_cannot_pay_gets_402_and_is_charged_nothing(http: httpx.AsyncClient, cast: Cast) -> None:
    ann = await person(http, "ann")
    dear = {"prompt": "猫", "size": "1024x1024", "steps": 50, "batchSize": 4}
    tasks = [await ann.post("/api/generate", dear, status=201) for _ in range(6)]
    left = await balance(ann)
    assert left == 500 - 6 * 80
    with pytest.raises(Refused) as refused:
        await ann.post("/api/generate", dear)
    assert (refused.value.status, refused.value.code) == (402, "INSUFFICIENT_CREDITS")
    assert await balance(ann) == left
    await asyncio.gather(*(ann.delete(f"/api/generate/{task['taskId']}") for task in tasks))


@covers(
    "generate.answer.idempotency", "generate.answer.idempotency.other_body", "generate.answer.idempotency.same_answer"
)
async def test_a_repeated_key_returns_the_first_task(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    key = {"Idempotency-Key": secrets.token_hex(8)}
    first = await ann.post("/api/generate", ORDER, status=201, **key)
    again = await ann.post("/api/generate", ORDER, status=201, **key)
    assert (again["taskId"], again["config"]) == (first["taskId"], first["config"])
    with pytest.raises(Refused) as refused:
        await ann.post("/api/generate", {**ORDER, "seed": 8}, **key)
    assert refused.value.status == 422
    assert (await ann.get("/api/generate"))["pagination"]["total_count"] == 1
    assert await balance(ann) == 499


@covers("task.retry_after", "task.queue_place")
async def test_a_waiting_task_says_its_place_and_when_to_ask_again(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    slow = {"prompt": "猫", "steps": 50, "batchSize": 4}
    tasks = [(await ann.post("/api/generate", slow, status=201))["taskId"] for _ in range(3)]
    headers = {"Authorization": f"Bearer {ann.token}"}
    answer = await http.get(f"/api/generate/{tasks[-1]}", headers=headers)
    assert answer.headers["Retry-After"].isdigit()
    assert answer.json()["data"]["status"] == "pending"
    assert answer.json()["data"]["queue_position"] >= 1
    for task in tasks:
        await ann.delete(f"/api/generate/{task}")


@covers("task.cancelled", "task.cancel")
async def test_a_cancelled_task_is_refunded(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    task = (await ann.post("/api/generate", {"prompt": "猫", "steps": 50, "batchSize": 4}, status=201))["taskId"]
    await ann.delete(f"/api/generate/{task}")
    state = await ann.get(f"/api/generate/{task}")
    assert (state["status"], state["error_code"]) == ("failed", "CANCELLED")
    assert state["error"]
    assert await balance(ann) == 500
    assert (await ann.get("/api/credits"))["ledger"][0]["type"] == "refunded"


@covers("task.events")
async def test_progress_is_streamed(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    task = (await ann.post("/api/generate", ORDER, status=201))["taskId"]
    headers = {"Authorization": f"Bearer {ann.token}"}
    async with asyncio.timeout(30), http.stream("GET", f"/api/generate/{task}/events", headers=headers) as stream:
        assert stream.status_code == 200
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = [line async for line in stream.aiter_lines()]
    said = [line for line in lines if line.startswith("data:")]
    assert '"completed"' in said[-1]
    assert (await ann.get(f"/api/generate/{task}"))["status"] == "completed"
