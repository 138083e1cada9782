"""Several servers: spreading, moving on, draining, and the list of models."""

import asyncio
from types import SimpleNamespace

import pytest

from generation.engines.base import EngineFailed
from generation.engines.comfyui import Pace
from generation.engines.comfyui.answers import Cause
from generation.testing import ScriptedComfyUI
from generation.testing.hostile import saying
from generation.testing.jobs import OUT_OF_MEMORY

MODEL = "tiny-random.safetensors"


def shut(*comfys, gate="sampling"):
    for comfy in comfys:
        comfy.gate(gate).shut()


def opened(*comfys, gate="sampling"):
    for comfy in comfys:
        comfy.gate(gate).open()


async def test_a_batch_spreads_over_the_servers(comfys, easel, until):
    first, second = await comfys(2)
    shut(first, second)
    one = easel(first, second)

    paintings = [one.paint(f"img_a_{n}", seed=n) for n in range(4)]
    await until(lambda: len(first.submitted) == len(second.submitted) == 2)
    opened(first, second)

    assert all(picture.data for picture in await asyncio.gather(*paintings))


async def test_a_server_holds_one_running_and_one_waiting_job_and_the_rest_wait_here(comfy, easel, until):
    shut(comfy)
    one = easel(comfy)

    paintings = [one.paint(f"img_a_{n}", seed=n) for n in range(5)]
    most = 0
    await until(lambda: len(comfy.submitted) == 2)
    opened(comfy)
    while not all(painting.done() for painting in paintings):
        most = max(most, len(comfy.jobs.pending) + (comfy.jobs.running is not None))
        await asyncio.wait(paintings, timeout=0.01)

    assert most <= 2
    assert len(comfy.submitted) == 5


async def test_the_jobs_of_another_worker_count(comfys, easel, until):
    first, second = await comfys(2)
    shut(first, second)
    others = easel(first)
    theirs = [others.paint(f"img_a_{n}", seed=n) for n in range(2)]
    await until(lambda: len(first.submitted) == 2)

    mine = easel(first, second).paint("img_b_0")
    await until(lambda: second.submitted)
    opened(first, second)

    await asyncio.gather(mine, *theirs)
    assert second.submitted == ["img_b_0-1"]


async def test_a_job_that_one_server_cannot_run_is_run_by_another(comfys, easel):
    first, second = await comfys(2)
    first.fail(OUT_OF_MEMORY)

    assert (await easel(first, second).paint()).data
    assert first.submitted == second.submitted == ["img_a_0-1"]


async def test_a_job_that_no_server_can_run_fails_for_good_after_each_has_tried_once(comfys, easel):
    both = await comfys(2)

    with pytest.raises(EngineFailed) as failed:
        await easel(*both).paint(model="corrupt.safetensors")

    assert failed.value.cause is Cause.EXECUTION
    assert failed.value.reason is not None
    assert [len(comfy.submitted) for comfy in both] == [1, 1]


async def test_a_job_goes_to_the_server_that_has_its_model(comfys, easel):
    (first,) = await comfys(checkpoints=("other.safetensors",))
    (second,) = await comfys()

    assert (await easel(first, second).paint()).data
    assert (first.submitted, len(second.submitted)) == ([], 1)


async def test_a_model_that_vanished_from_one_server_is_painted_with_by_another(comfys, easel):
    first, second = await comfys(2)
    one = easel(first, second)
    await one.engine.models()
    first.checkpoints.remove(MODEL)

    assert (await one.paint()).data
    assert (first.submitted, second.submitted) == ([], ["img_a_0-1"])


async def test_a_model_that_appeared_a_moment_ago_is_found(comfy, easel):
    one = easel(comfy)
    await one.engine.models()
    comfy.checkpoints.append("new.safetensors")

    assert (await one.paint(model="new.safetensors")).data


async def test_a_list_that_is_distrusted_while_it_is_on_its_way_is_asked_for_again(comfy, easel):
    one = easel(comfy)
    [server] = one.engine.pool.servers

    def outdated():
        comfy.instead.clear()
        server.distrust_list()
        return saying(b'["gone.safetensors"]')()

    comfy.instead["GET /models"] = outdated
    await one.engine.pool.refresh()

    assert MODEL in server.checkpoints


async def test_a_server_that_is_down_is_passed_over(comfys, easel):
    first, second = await comfys(2)
    await first.kill()

    assert (await easel(first, second).paint()).data


async def test_the_job_of_a_server_that_dies_is_painted_by_another(comfys, easel):
    first, second = await comfys(2)
    shut(first)
    one = easel(first, second)
    painting = one.paint()
    await first.gate("sampling").reached.wait()
    await first.kill()

    assert (await painting).data
    assert second.submitted == ["img_a_0-1"]


async def test_a_server_that_takes_calls_and_never_answers_holds_up_no_job_of_another(comfy, easel):
    async def hang(reader, writer):
        await reader.read()
        writer.close()

    hanging = await asyncio.start_server(hang, "127.0.0.1", 0)
    address = f"http://127.0.0.1:{hanging.sockets[0].getsockname()[1]}"
    one = easel(SimpleNamespace(url=address), comfy, pace=Pace(poll=0.05, look=0.1))

    async with asyncio.timeout(4):  # less than a call may take
        assert (await one.paint()).data
        assert (await one.engine.models()).source == "comfyui"

    await one.engine.close()
    hanging.close()


async def test_jobs_wait_for_servers_to_come_back(comfy, easel, until):
    await comfy.kill()
    one = easel(comfy)
    painting = one.paint()
    await comfy.start()

    assert (await painting).data


async def test_without_any_server_an_attempt_fails_after_a_while(comfy, easel):
    await comfy.kill()

    with pytest.raises(EngineFailed) as failed:
        await easel(comfy).paint()

    assert (failed.value.cause, failed.value.reason) == (Cause.UNREACHABLE, None)


@pytest.mark.parametrize(("pause", "tried_again"), [(3600, False), (0, True)])
async def test_a_server_that_fails_again_and_again_is_left_alone_for_a_while(comfys, easel, pause, tried_again):
    first, second = await comfys(2)
    first.fail(*[OUT_OF_MEMORY] * 3)
    one = easel(first, second, pace=Pace(poll=0.05, pause=pause))

    for n in range(6):  # two at once, so that each server gets one
        await asyncio.gather(one.paint(f"img_a_{n}", seed=n), one.paint(f"img_b_{n}", seed=n))

    assert (len(first.submitted) > 3) is tried_again


async def test_a_draining_server_gets_no_new_job_but_its_old_ones_are_seen_through(comfys, easel):
    first, second = await comfys(2)
    shut(first)
    killed = easel(first).paint("img_a_0")
    await first.gate("sampling").reached.wait()
    killed.cancel()
    draining = easel(first, second, draining=(first.url,))

    await draining.paint("img_b_0")
    again = draining.paint("img_a_0", attempt=2)
    opened(first)

    assert (await again).data
    assert (first.submitted, second.submitted) == (["img_a_0-1"], ["img_b_0-1"])


async def test_the_models_are_those_of_all_servers_each_once(comfys, easel):
    (first,) = await comfys(checkpoints=("a.safetensors", "sub/b.ckpt"))
    (second,) = await comfys(checkpoints=("a.safetensors", "c.safetensors"))

    catalogue = await easel(first, second).engine.models()

    assert catalogue.source == "comfyui"
    assert [model.value for model in catalogue.models] == ["a.safetensors", "sub/b.ckpt", "c.safetensors"]
    assert [model.label for model in catalogue.models] == ["a", "sub/b", "c"]
    assert catalogue.models[0].description == "a.safetensors - 来自ComfyUI"


async def test_the_models_are_asked_for_once_by_many_callers(comfy, easel):
    one = easel(comfy)

    await asyncio.gather(*(one.engine.models() for _ in range(20)))

    assert [path for _, path, _ in comfy.calls].count("/models/checkpoints") == 1


async def test_without_an_answer_the_models_are_the_defaults_and_later_the_last_known(easel):
    comfy = ScriptedComfyUI()
    await comfy.start()
    await comfy.kill()
    one = easel(comfy)
    defaults = await one.engine.models()
    await comfy.start()
    later = easel(comfy)
    known = await later.engine.models()
    await comfy.kill()
    later.engine._models.stale()
    for _ in range(3):
        last = await later.engine.models()
        later.engine._models.stale()

    assert defaults.source == "fallback"
    assert defaults.has("sd_xl_base_1.0.safetensors")
    assert known.source == "comfyui"
    assert last.models == known.models


async def test_an_answer_of_no_use_is_an_error_with_the_default_models(comfy, easel):
    comfy.broken = True

    catalogue = await easel(comfy).engine.models()

    assert catalogue.source == "error"
    assert catalogue.has("v1-5-pruned-emaonly-fp16.safetensors")
