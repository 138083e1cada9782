"""`python -m generation.main queue | running | requeue | cancel | pool | drain | undrain`."""

import argparse
import asyncio
import json
import os
import sys
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from common.context import new_id
from common.mongo import take_lease
from common.testing.eventually import eventually
from generation import handlers
from generation.commands import RecordImage, StartGeneration
from generation.domain.tasks import TakenByAnother
from generation.handlers import Aggregates
from generation.main import jobs
from generation.painting import Worker
from generation.projections import pool, progress, queue
from generation.settings import Settings

URL = "http://comfy:8188"


@pytest.fixture
def command(settings):
    """Does a job; gives the exit code and what is said."""
    known = {job.name: job for job in jobs()}

    async def do(name: str, *arguments: str) -> tuple[int, str]:
        parser = argparse.ArgumentParser()
        known[name].arguments(parser)
        try:
            return 0, await known[name].run(settings, parser.parse_args(arguments))
        except SystemExit as end:
            return (end.code, "") if isinstance(end.code, int) else (1, str(end.code))

    return do


async def requested(studio, **body) -> str:
    return (await studio.generate(**body)).json()["data"]["taskId"]


def worker_of(studio) -> Worker:
    return Worker(
        Aggregates.of(studio.store, 500), studio.engine, studio.objects, studio.darkroom, lanes=1, lease_seconds=30
    )


async def started_by_one_that_vanished(studio, **body) -> str:
    """A task whose worker holds the lease and will never say anything again."""
    task_id = await requested(studio, **body)
    await take_lease(studio.store.db, queue.lease_name(task_id), "painter-1:17 abc", 600)
    command = StartGeneration(task_id, 1, datetime.now(UTC))
    await handlers.start_generation(command, Aggregates.of(studio.store, 500))
    return task_id


async def test_the_queue_is_listed_in_the_order_of_service(front, command):
    tasks = [(await requested(front, user=user), user) for user in (1, 1, 1, 2)]

    code, text = await command("queue")
    _, answer = await command("queue", "--json", "--limit", "3")

    assert code == 0
    assert text.startswith("4 waiting, of 2 users; 0 being painted.\nPLACE  TASK")
    rows = json.loads(answer)
    assert [row["user"] for row in rows] == [1, 2, 1]
    assert [row["task"] for row in rows] == [tasks[0][0], tasks[3][0], tasks[1][0]]
    for row in rows:
        assert (await front.task(row["task"], row["user"]))["queue_position"] == row["place"]


async def test_running_tasks_are_listed_with_worker_lease_and_server(front, command):
    task_id = await started_by_one_that_vanished(front, batchSize=2)
    await progress.note(front.store.db, task_id, 40)
    job = f"img_{task_id.removeprefix('task_')}_0-1"
    await pool.report(front.store.db, "painter-1", [state(jobs=[job])])

    code, text = await command("running")
    _, answer = await command("running", "--json")

    assert code == 0
    assert "1 being painted." in text
    (row,) = json.loads(answer)
    assert (row["task"], row["attempt"], row["percent"], row["images"]) == (task_id, 1, 40, "0/2")
    assert (row["worker"], row["server"]) == ("painter-1:17", URL)
    assert 0 < row["lease_seconds_left"] <= 600


async def test_a_requeued_task_is_painted_anew_and_charged_once_and_its_old_worker_is_refused(front, command):
    task_id = await started_by_one_that_vanished(front)

    code, text = await command("requeue", task_id, "--actor", "99")

    assert (code, "is back in the queue" in text) == (0, True)
    assert (await front.task(task_id))["queue_position"] == 1
    aggregates = Aggregates.of(front.store, 500)
    late = RecordImage(
        task_id=task_id, attempt=1, index=0, engine="flat", engine_version="1", image_key="a/a", thumbnail_key="a/b",
        sha256="0" * 64, now=datetime.now(UTC), labelled_key="a/c", preview_key="a/d",
    )  # fmt: skip
    with pytest.raises(TakenByAnother):
        await handlers.record_image(late, aggregates)
    assert await worker_of(front).work_once()
    with pytest.raises(Exception, match="CONFLICT"):
        await handlers.record_image(late, aggregates)

    assert (await front.task(task_id))["status"] == "completed"
    assert [entry["type"] for entry in (await front.credits())["ledger"]] == ["charged", "reserved", "granted"]
    requeued = next(r for r in await front.store.read(f"task-{task_id}") if r.event.name == "GenerationRequeued")
    assert (requeued.actor, requeued.correlation_id.startswith("operator-")) == (99, True)


async def test_a_requeue_under_a_live_worker_ends_its_attempt(front, command):
    front.engine.hold()
    task_id = await requested(front)
    first = asyncio.create_task(worker_of(front).work_once())
    await front.engine.waiting.wait()

    await command("requeue", task_id)
    await asyncio.wait_for(first, 10)
    front.engine.release()
    await eventually(worker_of(front).work_once)

    events = [recorded.event.name for recorded in await front.store.read(f"task-{task_id}")]
    assert events == [
        "GenerationRequested",
        "GenerationStarted",
        "GenerationRequeued",
        "GenerationStarted",
        "ImageGenerated",
        "GenerationCompleted",
    ]
    assert (await front.credits())["balance"] == 497


async def test_an_operator_cancels_and_the_rest_is_refunded_once(front, command):
    front.engine.hold(after=1)
    task_id = await requested(front, batchSize=2)
    working = asyncio.create_task(worker_of(front).work_once())
    await front.engine.waiting.wait()

    code, text = await command("cancel", task_id)
    again, said = await command("cancel", task_id)
    await asyncio.wait_for(working, 10)

    assert (code, again) == (0, 0)
    assert text == f"{task_id} of user 1 was cancelled: 1 of 2 pictures made, 3 credits charged, 2 refunded."
    assert "nothing was changed" in said
    assert (await front.task(task_id))["error"] == "任务已由管理员取消"
    account = await front.credits()
    assert (account["balance"], account["reserved"]) == (497, 0)
    assert [entry["type"] for entry in account["ledger"]] == ["refunded", "charged", "reserved", "granted"]


async def test_what_cannot_be_done_is_said_in_a_sentence_and_ends_with_one(front, command):
    unknown = f"task_{new_id()}"
    done = await requested(front)
    await worker_of(front).work_once()
    waiting = await requested(front)

    assert await command("requeue", unknown) == (1, f"There is no task {unknown}.")
    assert await command("cancel", unknown) == (1, f"There is no task {unknown}.")
    assert await command("cancel", done) == (1, f"{done} has completed; nothing was changed.")
    assert await command("requeue", waiting) == (0, f"{waiting} waits already; nothing was changed.")
    code, said = await command("drain", "http://nowhere:1")
    assert (code, said) == (1, "No worker has a server http://nowhere:1; there are: none.")
    assert (await command("requeue"))[0] == 2


async def test_the_command_line_ends_with_one_and_a_sentence_on_stderr(settings):
    given = {field.validation_alias: getattr(settings, name) for name, field in Settings.model_fields.items()}
    texts = {
        alias: value.get_secret_value() if isinstance(value, SecretStr) else str(value)
        for alias, value in given.items()
        if value is not None
    }
    environment = os.environ | texts
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "generation.main", "cancel", "task_x", env=environment, stderr=asyncio.subprocess.PIPE
    )
    _, said = await process.communicate()
    assert (process.returncode, said.decode()) == (1, "There is no task task_x.\n")


async def test_the_pool_is_listed_drained_and_put_back(front, command):
    assert (await command("pool"))[1] == "No worker reports a ComfyUI server."
    await pool.report(front.store.db, "a", [state(running=1, breaker="open", up=False)])
    await pool.report(front.store.db, "b", [state(running=2, loaded="sd_xl.safetensors")])

    code, said = await command("drain", URL + "/")
    (server,) = json.loads((await command("pool", "--json"))[1])
    _, text = await command("pool")

    assert (code, said.startswith(f"{URL} gets no new jobs")) == (0, True)
    assert (server["up"], server["breaker"], server["running"]) == ("for 1 of 2", "open", 3)
    assert (server["loaded"], server["draining"], server["workers"]) == ("sd_xl.safetensors", True, 2)
    assert "1 servers, as 2 workers saw them" in text
    assert await pool.draining(front.store.db) == {URL}
    assert await command("undrain", URL) == (0, f"{URL} gets new jobs again.")
    assert await pool.draining(front.store.db) == frozenset()


def state(**changes) -> dict:
    known = {
        "url": URL,
        "up": True,
        "breaker": "closed",
        "draining": False,
        "running": 0,
        "queued": 0,
        "loaded": None,
        "version": "0.3.64",
        "checkpoints": 2,
        "jobs": [],
    }
    return known | changes
