"""estimatedTime learns from what was painted here."""

from datetime import UTC, datetime, timedelta

import pytest

from common.event_store import Head
from generation.domain.estimates import Kind, Sample
from generation.events import GenerationCompleted, GenerationRequested, GenerationStarted, Order
from generation.projections.estimates import samples

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def painted(front, number, seconds, **order):
    """The history of a task that took so long; the later the number, the later it ended."""
    size = {"width": 512, "height": 512, "steps": 20, "batch_size": 1}
    picture = {"prompt": "猫", "negative_prompt": "", "cfg_scale": 7, "seed": 1, "sampler": "Euler", "clip_skip": 1}
    order = Order(**{"model": "flat"} | size | picture | order)
    task = {"task_id": f"past_{number}", "user_id": 9}
    ended = NOW + timedelta(seconds=number)
    costs = {"cost": 1, "estimated_seconds": 1, "token": "t"}
    history = [
        GenerationRequested(**task, order=order, requested_at=NOW - timedelta(hours=1), **costs),
        GenerationStarted(**task, attempt=1, started_at=ended - timedelta(seconds=seconds)),
        GenerationCompleted(**task, image_ids=[], seconds=seconds, completed_at=ended),
    ]
    stream = f"task-past_{number}"
    await front.store.transact(lambda session: front.store.append(stream, Head(), history, session))


async def estimated(front, **body):
    body = {"model": "flat", "size": "512x512", "steps": 20} | body
    return (await front.call("POST", "/api/generate/quote", json=body)).json()["data"]["estimatedTime"]


async def test_a_quote_and_a_task_say_what_pictures_of_the_same_model_size_and_steps_took(front):
    await painted(front, 1, 60, steps=40)
    await painted(front, 2, 14, batch_size=2)
    await painted(front, 3, 500, model="sd_xl_flat")

    task = (await front.generate(model="flat", size="512x512", steps=20)).json()["data"]

    assert task["estimatedTime"] == 7


@pytest.mark.parametrize(
    ("body", "seconds"),
    [({"steps": 40}, 14), ({"size": "1024x1024"}, 28), ({"model": "sd_xl_flat"}, 7), ({"batchSize": 3}, 21)],
)
async def test_other_steps_sizes_and_models_are_estimated_by_their_neighbours(front, body, seconds):
    await painted(front, 1, 7)

    assert await estimated(front, **body) == seconds


async def test_samples_are_the_latest_of_the_model_and_found_by_index(front):
    for number in range(3):
        await painted(front, number, number + 1)
    await painted(front, 9, 9, model="sd_xl_flat")

    found = await samples(front.store.db, "flat")

    assert found == [Sample(Kind("flat", 512, 512, 20), seconds) for seconds in (3, 2, 1)]
    plan = (
        await front.store.db.tasks.find({"status": "completed", "order.model": "flat"})
        .sort("finished_at", -1)
        .explain()
    )
    assert "SORT" not in str(plan["queryPlanner"]["winningPlan"])
