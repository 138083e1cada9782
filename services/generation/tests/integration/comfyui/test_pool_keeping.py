"""What operators wish of the pool, what they see of it, and what is cleared away there."""

import asyncio
from datetime import UTC, datetime

import pytest

from common.cancelling import cancelled
from common.testing.eventually import eventually
from common.testing.rebuilding import content_hash, rebuilt
from generation import handlers
from generation.commands import CancelGeneration, DrainServer
from generation.engines.comfyui import Pace
from generation.handlers import Aggregates
from generation.painting import PoolKeeper
from generation.projections import pool

NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def drain(store, server, draining=True):
    await handlers.drain_server(DrainServer(server.url, draining, NOW), Aggregates.of(store, 500))


@pytest.fixture
async def keeping(store):
    """Runs a keeper for an easel until the test ends: `keeping(easel)`."""
    running = []

    def start(one):
        keeper = PoolKeeper(store.db, one.engine.pool)
        running.append(asyncio.create_task(keeper.run()))
        return keeper

    yield start
    await cancelled(*running)


async def seen(store, holds):
    return await eventually(lambda: pool.reports(store.db), holds)


async def test_a_server_drained_at_run_time_gets_no_new_job_until_it_is_put_back(comfys, easel, store, keeping):
    first, second = await comfys(2)
    one = easel(first, second)
    keeping(one)

    await drain(store, first)
    await seen(
        store, lambda reports: {r["url"]: r["draining"] for r in reports} == {first.url: True, second.url: False}
    )
    await asyncio.gather(*(one.paint(f"img_a_{n}", seed=n) for n in range(2)))
    await drain(store, first, draining=False)
    await drain(store, second)
    await seen(
        store, lambda reports: {r["url"]: r["draining"] for r in reports} == {first.url: False, second.url: True}
    )
    await one.paint("img_b_0")

    assert (first.submitted, sorted(second.submitted)) == (["img_b_0-1"], ["img_a_0-1", "img_a_1-1"])


async def test_a_job_waits_while_every_server_is_drained_and_fails_nothing(comfy, easel, store, keeping, until):
    one = easel(comfy, pace=Pace(poll=0.02, patience=0.1))
    keeping(one)
    await drain(store, comfy)
    await seen(store, lambda reports: [r["draining"] for r in reports] == [True])

    painting = one.paint()
    asked = len(comfy.calls)
    await until(lambda: len(comfy.calls) > asked + 20)  # longer than patience lasts
    assert not painting.done()
    await drain(store, comfy, draining=False)

    assert (await painting).data


async def test_draining_twice_is_one_event_and_the_wishes_rebuild_to_the_same(comfy, store):
    for draining in (True, True, False, False, True):
        await drain(store, comfy, draining)

    assert await pool.draining(store.db) == {comfy.url}
    assert len(await store.read(f"server-{comfy.url}")) == 3
    before = await content_hash(store.db, ["pool_servers"])
    assert await rebuilt(store, emptied=True) is not None
    assert await content_hash(store.db, ["pool_servers"]) == before


async def test_operators_see_each_server_as_each_worker_sees_it(comfys, easel, store, keeping):
    first, second = await comfys(2)
    await second.kill()
    one, other = easel(first, second), easel(first)
    await one.paint()
    first.gate("sampling").shut()
    keepers = [keeping(one), keeping(other)]
    painting = one.paint("img_b_0", seed=8)
    await first.gate("sampling").reached.wait()

    reports = await seen(
        store, lambda rs: len(rs) == 3 and {(r["up"], r["running"]) for r in rs} == {(True, 1), (True, 0), (False, 0)}
    )

    assert {report["worker"] for report in reports} == {keeper.worker for keeper in keepers}
    [mine] = [report for report in reports if report["running"]]
    assert (mine["url"], mine["version"], mine["loaded"]) == (first.url, "0.3.64", "tiny-random.safetensors")
    assert (mine["breaker"], mine["checkpoints"], mine["queued"]) == ("closed", 3, 1)
    first.gate("sampling").open()
    await painting


async def test_a_worker_that_stops_withdraws_its_reports(comfy, easel, store):
    keeper = PoolKeeper(store.db, easel(comfy).engine.pool)
    running = asyncio.create_task(keeper.run())
    await seen(store, len)

    await cancelled(running)

    assert await pool.reports(store.db) == []


@pytest.mark.parametrize("state", ["running", "waiting", "ended"])
async def test_the_job_of_a_task_cancelled_while_no_worker_lived_is_cleared_away(
    comfy, atelier, easel, store, keeping, until, state
):
    room = await atelier(comfy, with_worker=False)
    task_id = await room.order()
    name = f"img_{task_id.removeprefix('task_')}_0"
    comfy.gate("sampling" if state == "running" else "start").shut()
    killed = easel(comfy).paint(name)
    await comfy.gate("sampling" if state == "running" else "start").reached.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    if state == "ended":
        comfy.gate("start").open()
        await until(lambda: comfy.jobs.history)
    await handlers.cancel_generation(CancelGeneration(task_id, 1, NOW), Aggregates.of(room.store, 500))

    keeping(easel(comfy))
    await until(lambda: not (comfy.jobs.pending or comfy.jobs.running or comfy.jobs.history))

    assert ("/interrupt" in [path for _, path, _ in comfy.calls]) is (state == "running")


async def test_jobs_of_others_and_of_unfinished_tasks_are_left_alone(comfy, atelier, easel, store, until):
    room = await atelier(comfy, with_worker=False)
    task_id = await room.order()
    comfy.gate("start").shut()
    names = [f"img_{task_id.removeprefix('task_')}_0", "img_unknown_0", "a-job-of-another-program"]
    one = easel(comfy)
    foreign = [easel(comfy).paint(name) for name in names]
    await until(lambda: len(comfy.jobs.pending) == len(names) - 1 or len(comfy.submitted) == len(names))
    before = [job.prompt_id for job in comfy.jobs.pending]
    await one.engine.pool.refresh()

    await PoolKeeper(room.store.db, one.engine.pool).sweep()

    assert [job.prompt_id for job in comfy.jobs.pending] == before
    assert not any(method == "POST" and path in ("/queue", "/interrupt", "/history") for method, path, _ in comfy.calls)
    comfy.gate("start").open()
    await asyncio.gather(*foreign)
