"""From request to picture: the real service and worker on scripted servers."""

import asyncio
import sys

import pytest

from common.cancelling import cancelled
from common.objects import ORIGINALS
from generation.engines.comfyui import workflow
from generation.events import CreditsCharged, GenerationCompleted, GenerationStarted, ImageGenerated
from generation.handlers import Aggregates
from generation.painting import Worker
from generation.testing.jobs import OUT_OF_MEMORY

A_WORKER = """
import asyncio, sys
from pathlib import Path
from common.event_store import EventStore
from common.labelling import PLACEHOLDER_PROVIDER, Darkroom
from common.mongo import connect
from common.objects import FolderStore
from generation.engines.comfyui import ComfyEngine, Pool, workflow
from generation.events import CODEC
from generation.handlers import Aggregates
from generation.painting import Worker
from generation.projections import VIEWS

async def main(mongo, database, folder, comfy):
    aggregates = Aggregates.of(EventStore(connect(mongo, database), CODEC, VIEWS), 500)
    objects = FolderStore(Path(folder), "http://localhost", b"secret")
    engine = ComfyEngine(Pool([comfy]), workflow.read(), PLACEHOLDER_PROVIDER)
    await Worker(aggregates, engine, objects, Darkroom(PLACEHOLDER_PROVIDER), lanes=1, lease_seconds=1).run()

asyncio.run(main(*sys.argv[1:]))
"""


async def events_of(room, task_id):
    return [recorded.event for recorded in await room.store.read(f"task-{task_id}")]


def worker_of(room, engine):
    return Worker(
        Aggregates.of(room.store, 500), engine, room.objects, room.darkroom, lanes=1, lease_seconds=1, abreast=2
    )


async def test_the_models_are_comfyuis(comfy, atelier):
    models = await (await atelier(comfy)).call("GET", "/api/models")

    assert models["source"] == "comfyui"
    assert models["models"][0] == {
        "label": "tiny-random",
        "value": "tiny-random.safetensors",
        "description": "tiny-random.safetensors - 来自ComfyUI",
    }


async def test_a_batch_is_painted_with_one_seed_more_for_each_picture_and_charged_once(comfys, atelier):
    both = await comfys(2)
    room = await atelier(*both)

    task = await room.ended(await room.order(batchSize=4, seed=100))

    assert (task["status"], task["progress"]) == ("completed", 100)
    seeds = [body["prompt"]["6"]["inputs"]["seed"] for c in both for _, path, body in c.calls if path == "/prompt"]
    assert sorted(seeds) == [100, 101, 102, 103]
    images = [event for event in await events_of(room, task["task_id"]) if isinstance(event, ImageGenerated)]
    assert {(event.engine, event.engine_version) for event in images} == {("comfyui", "0.3.64")}
    assert {event.workflow_sha256 for event in images} == {workflow.read().sha256}
    assert len({event.pixels_sha256 for event in images}) == len(images)
    assert all([await room.objects.get(ORIGINALS, event.image_key) for event in images])
    assert [c.jobs.history for c in both] == [{}, {}]
    account = await room.credits()
    assert [entry["type"] for entry in account["ledger"]] == ["charged", "reserved", "granted"]


async def test_a_failure_for_good_ends_the_task_at_the_first_attempt_with_its_reason_and_a_refund(comfy, atelier):
    room = await atelier(comfy)

    task = await room.ended(await room.order(model="corrupt.safetensors", batchSize=2))

    assert (task["status"], task["error_code"]) == ("failed", "GENERATION_FAILED")
    assert "绘图服务执行该任务时出错" in task["error"]
    assert sum(isinstance(event, GenerationStarted) for event in await events_of(room, task["task_id"])) == 1
    account = await room.credits()
    assert (account["balance"], account["reserved"]) == (500, 0)


async def test_a_passing_failure_is_over_at_the_next_attempt(comfy, atelier):
    comfy.fail(OUT_OF_MEMORY)
    room = await atelier(comfy)

    task = await room.ended(await room.order())

    assert task["status"] == "completed"
    assert comfy.submitted == [f"{task['images'][0]['id']}-{attempt}" for attempt in (1, 2)]


async def test_a_failure_that_does_not_pass_ends_after_three_attempts_with_a_refund(comfy, atelier):
    comfy.fail(*[OUT_OF_MEMORY] * 9)
    room = await atelier(comfy)

    task = await room.ended(await room.order())

    assert (task["status"], len(comfy.submitted)) == ("failed", 3)
    assert (await room.credits())["balance"] == 500


async def test_progress_is_shown_and_a_cancel_interrupts_the_job_and_refunds(comfy, atelier, until):
    comfy.gate("sampling").shut()
    room = await atelier(comfy)
    task_id = await room.order()
    await comfy.gate("sampling").reached.wait()

    cancelled_task = await room.call("DELETE", f"/api/generate/{task_id}")
    await until(lambda: comfy.jobs.running is None)

    assert (cancelled_task["status"], cancelled_task["error_code"]) == ("failed", "CANCELLED")
    assert ("POST", "/interrupt", {"prompt_id": comfy.submitted[0]}) in comfy.calls
    assert (await room.credits())["balance"] == 500


@pytest.mark.parametrize("point", ["start", "sampling", "history"])
async def test_a_worker_killed_in_the_middle_submits_nothing_twice_and_charges_once(
    comfy, atelier, easel, settings, tmp_path, until, point
):
    comfy.gate(point).shut()
    room = await atelier(comfy, with_worker=False)
    task_id = await room.order()
    script = tmp_path / "worker.py"
    script.write_text(A_WORKER)
    mongo = settings.mongodb_url.get_secret_value()
    process = await asyncio.create_subprocess_exec(
        sys.executable, str(script), mongo, settings.database, str(tmp_path), comfy.url
    )
    await comfy.gate(point).reached.wait()
    process.kill()
    await process.wait()

    second = asyncio.create_task(worker_of(room, easel(comfy).engine).run())
    await until(lambda: any(path.startswith("/history/") for _, path, _ in comfy.calls))
    comfy.gate(point).open()
    task = await room.ended(task_id)
    await cancelled(second)

    assert task["status"] == "completed"
    assert len(comfy.submitted) == 1
    events = await events_of(room, task_id)
    assert sum(isinstance(event, GenerationStarted) for event in events) == 2
    assert sum(isinstance(event, ImageGenerated) for event in events) == 1
    ledger = [recorded.event for recorded in await room.store.read("account-1")]
    assert sum(isinstance(event, CreditsCharged) for event in ledger) == 1


async def test_an_overtaken_worker_leaves_the_job_to_the_one_that_took_over(comfy, atelier, easel, until):
    comfy.gate("sampling").shut()
    room = await atelier(comfy, with_worker=False)
    task_id = await room.order()
    first = asyncio.create_task(worker_of(room, easel(comfy).engine).work_once())
    await comfy.gate("sampling").reached.wait()
    await room.store.db.leases.update_one({"_id": f"task-{task_id}"}, {"$set": {"owner": "nobody"}})

    assert await first
    await room.store.db.leases.delete_many({})
    second = asyncio.create_task(worker_of(room, easel(comfy).engine).work_once())
    comfy.gate("sampling").open()
    assert await second

    assert len(comfy.submitted) == 1
    assert "/interrupt" not in [path for _, path, _ in comfy.calls]
    assert any(isinstance(event, GenerationCompleted) for event in await events_of(room, task_id))


@pytest.mark.parametrize("comes_back", [True, False])
async def test_a_server_killed_in_the_middle_ends_in_a_picture_or_a_refund(comfy, atelier, easel, comes_back):
    comfy.gate("sampling").shut()
    room = await atelier(comfy, with_worker=False)
    task_id = await room.order()
    working = asyncio.create_task(worker_of(room, easel(comfy).engine).run())
    await comfy.gate("sampling").reached.wait()
    await comfy.kill()
    if comes_back:
        await comfy.start()

    task = await room.ended(task_id)
    await cancelled(working)

    account = await room.credits()
    assert task["status"] == ("completed" if comes_back else "failed")
    assert account["balance"] == (499 if comes_back else 500)
    assert account["reserved"] == 0
