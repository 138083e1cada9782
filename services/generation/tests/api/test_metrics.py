"""What `/metrics` says: scraped before and after, since counters belong to the process."""

import asyncio
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families

from common.testing.eventually import eventually
from generation import handlers, metrics
from generation.bootstrap import open_store
from generation.commands import RequestGeneration, StartGeneration
from generation.events import Order
from generation.handlers import Aggregates
from generation.painting import Worker

Samples = dict[tuple[str, ...], float]


async def scraped(studio) -> Samples:
    """Every sample of generation's metrics: its name, then the values of its labels by their names."""
    text = (await studio.client.get("/metrics")).text
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if family.name.startswith("generation_")
    }


def risen(before: Samples, after: Samples) -> Samples:
    """How much each counter rose, the buckets of histograms left out."""
    rises = {key: value - before.get(key, 0) for key, value in after.items()}
    gauges = ("generation_queue_tasks", "generation_queue_oldest_seconds")
    return {
        key: rise
        for key, rise in rises.items()
        if rise and key[0] not in gauges and not key[0].endswith(("_bucket", "_created"))
    }


async def requested(studio, **body) -> str:
    return (await studio.generate(**body)).json()["data"]["taskId"]


async def work_off(studio) -> None:
    worker = Worker(
        Aggregates.of(studio.store, 500), studio.engine, studio.objects, studio.darkroom, lanes=1, lease_seconds=1
    )
    while await worker.work_once():
        pass


async def test_the_queue_is_measured_when_it_is_asked_for(front):
    tasks = [await requested(front, user=user) for user in (1, 1, 2)]
    await handlers.start_generation(StartGeneration(tasks[2], 1, datetime.now(UTC)), Aggregates.of(front.store, 500))

    found = await scraped(front)

    assert (found["generation_queue_tasks", "pending"], found["generation_queue_tasks", "processing"]) == (2, 1)
    assert 0 < found[("generation_queue_oldest_seconds",)] < 60


async def test_a_task_is_counted_from_its_request_to_its_end(front):
    before = await scraped(front)
    await requested(front, batchSize=2)
    await work_off(front)

    rise = risen(before, await scraped(front))

    seconds = {key: rise.pop(key) for key in list(rise) if key[0].endswith("_seconds_sum")}
    assert rise == {
        ("generation_credits_total", "reserved"): 5,
        ("generation_credits_total", "charged"): 5,
        ("generation_tasks_ended_total", "completed"): 1,
        ("generation_wait_seconds_count",): 1,
        ("generation_run_seconds_count", "flat", "flat"): 1,
    }
    assert all(0 < value < 60 for value in seconds.values())


async def test_failures_are_counted_by_cause_and_their_refunds_once(front):
    before = await scraped(front)
    front.engine.failures = 99
    await requested(front, batchSize=2)
    await work_off(front)

    rise = risen(before, await scraped(front))

    assert rise["generation_failures_total", "error", "flat"] == 3
    assert rise["generation_tasks_ended_total", "failed"] == 1
    assert rise["generation_credits_total", "refunded"] == 5
    assert ("generation_credits_total", "charged") not in rise
    assert rise[("generation_wait_seconds_count",)] == 1


async def test_a_cancel_is_counted_once_however_often_it_is_repeated(front):
    task_id = await requested(front)
    before = await scraped(front)
    await asyncio.gather(*(front.call("DELETE", f"/api/generate/{task_id}") for _ in range(20)))

    assert risen(before, await scraped(front)) == {
        ("generation_tasks_ended_total", "cancelled"): 1,
        ("generation_credits_total", "refunded"): 3,
    }


async def test_a_repeated_request_reserves_once(front):
    before = await scraped(front)
    for _ in range(3):
        await front.generate(headers={"Idempotency-Key": "k"})

    assert risen(before, await scraped(front)) == {("generation_credits_total", "reserved"): 3}


async def test_racing_requests_of_one_user_are_counted_as_they_were_committed(front, settings):
    """Two replicas lose races against each other and decide again; nothing is counted twice."""
    second = open_store(settings)
    replicas = [Aggregates.of(store, 500) for store in (front.store, second)]
    before = await scraped(front)
    order = Order(
        prompt="猫", negative_prompt="", model="flat", width=512, height=512, batch_size=1, cfg_scale=7.5, steps=25,
        seed=1, sampler="euler", clip_skip=2,
    )  # fmt: skip
    await asyncio.gather(
        *(
            handlers.request_generation(
                RequestGeneration(f"task_{n}", 1, order, 3, 1, "t", datetime.now(UTC)), replicas[n % 2]
            )
            for n in range(20)
        )
    )
    await second.db.client.close()

    assert risen(before, await scraped(front)) == {("generation_credits_total", "reserved"): 60}
    assert (await front.credits())["reserved"] == 60


async def test_a_refusal_for_too_many_tasks_is_counted(front):
    aggregates = Aggregates.of(front.store, 500, tasks_per_user=1)
    task = (await front.store.read(f"task-{await requested(front)}"))[0].event
    before = await scraped(front)
    command = RequestGeneration("task_b", 1, task.order, 3, 1, "t", datetime.now(UTC))
    with pytest.raises(Exception, match="TOO_MANY_TASKS"):
        await handlers.request_generation(command, aggregates)

    assert risen(before, await scraped(front)) == {("generation_tasks_refused_total",): 1}


def test_a_hundred_models_have_names_and_the_rest_is_other(monkeypatch):
    monkeypatch.setattr(metrics, "_named", set())
    named = [metrics.model_label(f"model {n}") for n in range(150)]
    assert len(set(named)) == metrics.MODELS_NAMED + 1
    assert metrics.model_label("model 0") == "model 0"
    assert metrics.model_label("model 149") == "other"


async def test_a_database_that_is_away_leaves_no_old_figures(front):
    await requested(front)
    assert (await scraped(front))["generation_queue_tasks", "pending"] == 1
    await front.service.stop()

    async def gone() -> bool:
        depth = (await scraped(front))["generation_queue_tasks", "pending"]
        return depth != depth  # not a number

    await eventually(gone)
