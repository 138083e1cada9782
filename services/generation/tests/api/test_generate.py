"""A task from request to pictures."""

import re
from datetime import UTC, datetime

from common.objects import ORIGINALS


async def test_a_task_runs_from_request_to_pictures_and_is_charged(studio):
    answer = await studio.generate(batchSize=2, seed=100)

    assert answer.status_code == 201
    created = answer.json()["data"]
    assert created["status"] == "pending"
    assert created["images"] == []
    assert created["actualTime"] is None
    assert created["cost"] == 5
    assert answer.headers["location"] == f"/api/generate/{created['taskId']}"

    task = await studio.ended(created["taskId"])

    assert task["status"] == "completed"
    assert task["progress"] == 100
    assert task["error"] is None
    assert [image["seed"] for image in task["images"]] == [100, 101]
    keys = [re.search(r"/media/originals/([^?]+)\?", image["url"])[1] for image in task["images"]]
    assert (await studio.objects.get(ORIGINALS, keys[0])).startswith(b"\x89PNG")
    account = await studio.credits()
    assert (account["balance"], account["reserved"]) == (495, 0)
    assert [entry["type"] for entry in account["ledger"]] == ["charged", "reserved", "granted"]


async def test_the_answer_has_the_documents_shape(front):
    body = {
        "prompt": "  一只可爱的小猫 ",
        "negativePrompt": "blurry, low quality",
        "model": "sd_xl_flat",
        "size": "1024x1024",
        "batchSize": 1,
        "cfgScale": 7.5,
        "steps": 25,
        "seed": 123456,
        "sampler": "euler",
        "clipSkip": 1,
    }
    data = (await front.generate(**body)).json()["data"]

    assert re.fullmatch(r"task_[0-9a-f]{32}", data["taskId"])
    config = data["config"]
    created_at = datetime.fromisoformat(config.pop("createdAt"))
    assert abs((datetime.now(UTC) - created_at).total_seconds()) < 10
    assert config.pop("estimatedTime") == data["estimatedTime"] >= 1
    assert config == body | {"prompt": "一只可爱的小猫", "style": None, "userId": 1, "cost": 15}
    assert (data["cost"], data["batchSize"]) == (15, 1)


async def test_a_caller_who_prefers_to_wait_gets_the_pictures(studio):
    answer = await studio.generate(headers={"Prefer": "respond-async, wait=30"})

    data = answer.json()["data"]
    assert answer.headers["preference-applied"] == "wait=30"
    assert data["status"] == "completed"
    assert data["actualTime"] >= 0
    [image] = data["images"]
    assert set(image) == {
        *("id", "url", "thumbnail", "thumbnailSrcset", "seed", "config", "createdAt", "size", "format")
    }
    assert image["id"] == data["taskId"].replace("task_", "img_") + "_0"
    assert image["format"] == "png"


async def test_a_random_seed_is_told(front):
    data = (await front.generate(seed=-1)).json()["data"]

    assert 0 <= data["config"]["seed"] < 2**32


async def test_progress_and_place_are_shown_and_a_polling_hint_given(studio):
    studio.engine.hold()
    first = (await studio.generate(batchSize=2)).json()["data"]["taskId"]
    second = (await studio.generate(batchSize=2)).json()["data"]["taskId"]
    await studio.engine.waiting.wait()

    answer = await studio.call("GET", f"/api/generate/{first}")
    waiting = await studio.task(second)

    assert answer.headers["retry-after"] == "1"
    assert answer.json()["data"]["status"] == "processing"
    assert answer.json()["data"]["progress"] == 25
    assert (waiting["status"], waiting["progress"], waiting["queue_position"]) == ("pending", 0, 1)
    studio.engine.release()
    await studio.ended(second)


async def test_another_users_task_does_not_exist(front):
    task_id = (await front.generate()).json()["data"]["taskId"]

    for method in ("GET", "DELETE"):
        answer = await front.call(method, f"/api/generate/{task_id}", user=2)
        assert (answer.status_code, answer.json()["code"]) == (404, "NOT_FOUND")
    assert (await front.task(task_id))["status"] == "pending"


async def test_the_list_shows_only_the_callers_tasks_newest_first(front):
    mine = [(await front.generate()).json()["data"]["taskId"] for _ in range(3)]
    await front.generate(user=2)

    data = (await front.call("GET", "/api/generate?limit=2")).json()["data"]

    assert [task["task_id"] for task in data["tasks"]] == mine[:0:-1]
    assert data["pagination"]["total_count"] == 3
    assert (await front.call("GET", "/api/generate?page=9")).json()["data"]["tasks"] == []


async def test_models_are_listed_with_their_source(front):
    answer = await front.call("GET", "/api/models")

    assert answer.json()["data"]["source"] == "default"
    assert set(answer.json()["data"]["models"][0]) == {"label", "value", "description"}
    assert (await front.client.get("/api/models")).status_code == 401


async def test_the_correlation_id_goes_from_the_request_through_the_worker_to_every_event(studio):
    answer = await studio.generate(headers={"X-Correlation-ID": "tour-12345678"})
    task_id = answer.json()["data"]["taskId"]
    await studio.ended(task_id)

    task, account = await studio.store.read(f"task-{task_id}"), await studio.store.read("account-1")

    assert {recorded.correlation_id for recorded in (*task, *account)} == {"tour-12345678"}
    assert {recorded.actor for recorded in (*task, *account)} == {1}


async def test_the_queues_queries_are_answered_by_index(front):
    await front.generate()
    explain = {"explain": {"find": "tasks", "filter": {"status": "processing"}}, "verbosity": "queryPlanner"}
    pipeline = [
        {"$match": {"user_id": {"$in": [1]}}},
        {"$sort": {"user_id": 1, "started_at": -1}},
        {"$group": {"_id": "$user_id", "at": {"$first": "$started_at"}}},
    ]
    served = {"explain": {"aggregate": "tasks", "pipeline": pipeline, "cursor": {}}, "verbosity": "queryPlanner"}

    for command, stage in ((explain, "IXSCAN"), (served, "DISTINCT_SCAN")):
        plan = str(await front.store.db.command(command))
        assert stage in plan
        assert "COLLSCAN" not in plan
