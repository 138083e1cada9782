"""One picture on one server: every way a job can go."""

import asyncio
import io
import json

import pytest
from PIL import Image
from websockets.asyncio.client import connect

from common.labelling import Source
from generation.engines.base import EngineFailed, JobCancelled
from generation.engines.comfyui import Pace
from generation.engines.comfyui.answers import Cause
from generation.testing.jobs import OUT_OF_MEMORY, Failure

MODEL = "tiny-random.safetensors"


def pixels(png):
    return Image.open(io.BytesIO(png)).tobytes()


def paths(comfy, method="POST"):
    return [path for called, path, _ in comfy.calls if called == method]


async def test_a_job_is_submitted_once_and_what_its_file_is_to_say_names_who_painted_it_but_not_the_prompt(
    comfy, easel
):
    one = easel(comfy)

    picture = await one.paint()

    file = Image.open(io.BytesIO(picture.data))
    assert (file.format, file.size) == ("PNG", (64, 48))
    assert picture.notes["Engine"] == "comfyui"
    assert picture.notes["EngineVersion"] == one.engine.version == "0.3.64"
    assert picture.notes["Model"] == MODEL
    assert "雪" not in "".join(picture.notes.values())
    assert picture.source is Source.MODEL
    assert comfy.submitted == ["img_a_0-1"]
    assert one.parts == sorted(one.parts)


async def test_the_submission_names_job_and_client_but_no_number_and_saves_under_the_jobs_id(comfy, easel):
    one = easel(comfy)
    await one.paint()
    await one.paint("img_a_1")

    bodies = [body for _, path, body in comfy.calls if path == "/prompt"]

    assert [set(body) for body in bodies] == [{"prompt", "prompt_id", "client_id"}] * 2
    assert len({body["client_id"] for body in bodies}) == 1
    assert {folder for _, folder, _ in comfy.jobs.files} == {"img_a_0-1", "img_a_1-1"}


async def test_the_history_entry_is_deleted_once_the_picture_is_recorded(comfy, easel):
    picture = await easel(comfy).paint()
    assert list(comfy.jobs.history) == ["img_a_0-1"]

    await picture.clear()

    assert comfy.jobs.history == {}


async def test_a_cached_job_without_progress_gives_its_picture(comfy, easel):
    one = easel(comfy)
    first = await one.paint("img_a_0")
    one.parts.clear()

    again = await one.paint("img_b_0")

    assert one.parts == []
    assert pixels(again.data) == pixels(first.data)


@pytest.mark.parametrize(
    "order",
    [{"steps": 0}, {"width": 8}],
)
async def test_an_order_that_the_server_refuses_fails_for_good_at_once(comfy, easel, order):
    with pytest.raises(EngineFailed) as failed:
        await easel(comfy).paint(**order)

    assert failed.value.cause is Cause.INVALID
    assert failed.value.reason is not None
    assert "退还" in failed.value.reason
    assert paths(comfy).count("/prompt") == 1


async def test_a_graph_refused_in_part_fails_and_does_not_run_on(comfy, easel):
    comfy.partly_refused = 1
    comfy.gate("sampling").shut()

    with pytest.raises(EngineFailed) as failed:
        await easel(comfy).paint()

    assert failed.value.reason is not None
    assert ("POST", "/queue", {"delete": ["img_a_0-1"]}) in comfy.calls


async def test_a_vanished_model_fails_for_good_and_leaves_the_list(comfy, easel):
    one = easel(comfy)
    assert (await one.engine.models()).has(MODEL)
    await one.paint()
    comfy.checkpoints.remove(MODEL)

    with pytest.raises(EngineFailed) as failed:
        await one.paint("img_b_0")

    assert failed.value.cause is Cause.LACKING
    assert failed.value.reason is not None
    assert "模型" in failed.value.reason
    assert not (await one.engine.models()).has(MODEL)


async def test_an_execution_error_fails_for_good_when_there_is_no_other_server(comfy, easel):
    with pytest.raises(EngineFailed, match="SafetensorError") as failed:
        await easel(comfy).paint(model="corrupt.safetensors")

    assert failed.value.cause is Cause.EXECUTION
    assert failed.value.reason is not None
    assert comfy.jobs.history == {}


async def test_too_little_memory_is_left_to_another_attempt_after_freeing_some(comfy, easel):
    comfy.fail(OUT_OF_MEMORY)
    one = easel(comfy)

    with pytest.raises(EngineFailed) as failed:
        await one.paint()

    assert failed.value.cause is Cause.MEMORY
    assert failed.value.reason is None
    assert ("POST", "/free", {"unload_models": True, "free_memory": True}) in comfy.calls
    assert (await one.paint(attempt=2)).data


async def test_a_job_that_somebody_interrupts_is_left_to_another_attempt(comfy, easel):
    comfy.gate("sampling").shut()
    one = easel(comfy)
    painting = one.paint()
    await comfy.gate("sampling").reached.wait()
    comfy.jobs.running.interrupted.set()

    with pytest.raises(EngineFailed) as failed:
        await painting

    comfy.gate("sampling").open()
    assert (failed.value.cause, failed.value.reason) == (Cause.INTERRUPTED, None)
    assert (await one.paint(attempt=2)).data
    assert comfy.submitted == ["img_a_0-1", "img_a_0-2"]


async def test_a_running_job_is_interrupted_by_its_id_when_cancelled(comfy, easel):
    comfy.gate("sampling").shut()
    one = easel(comfy)
    painting = one.paint()
    await comfy.gate("sampling").reached.wait()
    one.cancelled.set()

    with pytest.raises(JobCancelled):
        await painting

    assert comfy.jobs.running is None
    assert ("POST", "/interrupt", {"prompt_id": "img_a_0-1"}) in comfy.calls
    assert paths(comfy).index("/queue") < paths(comfy).index("/interrupt")
    assert comfy.jobs.history == {}


async def test_a_waiting_job_is_deleted_from_the_queue_when_cancelled_and_the_running_one_goes_on(comfy, easel, until):
    comfy.gate("sampling").shut()
    running, waiting = easel(comfy), easel(comfy)
    first = running.paint("img_a_0")
    await comfy.gate("sampling").reached.wait()
    second = waiting.paint("img_b_0")
    await until(lambda: comfy.jobs.pending)
    waiting.cancelled.set()

    with pytest.raises(JobCancelled):
        await second

    assert comfy.jobs.pending == []
    assert "/interrupt" not in paths(comfy)
    comfy.gate("sampling").open()
    assert (await first).data


async def test_a_job_deleted_from_the_queue_by_somebody_is_submitted_again(comfy, easel):
    comfy.gate("start").shut()
    painting = easel(comfy).paint()
    await comfy.gate("start").reached.wait()
    comfy.jobs.pending.clear()
    comfy.gate("start").open()

    assert (await painting).data
    assert comfy.submitted == ["img_a_0-1"] * 2


async def test_a_history_entry_that_comes_late_is_waited_for(comfy, easel, until):
    comfy.gate("history").shut()
    painting = easel(comfy).paint()
    await comfy.gate("history").reached.wait()
    asked = len(comfy.calls)
    await until(lambda: len(comfy.calls) >= asked + 4)
    comfy.gate("history").open()

    assert (await painting).data
    assert comfy.submitted == ["img_a_0-1"]


async def test_a_socket_that_closes_in_the_middle_costs_nothing(comfy, easel):
    comfy.gate("sampling").shut()
    one = easel(comfy)
    painting = one.paint()
    await comfy.gate("sampling").reached.wait()
    await comfy.drop_sockets()
    comfy.gate("sampling").open()

    assert (await painting).data
    assert (await one.paint("img_b_0", seed=8)).data
    assert len(comfy.submitted) == 2


async def test_progress_is_heard_again_after_the_socket_came_back(comfy, easel, until):
    comfy.gate("sampling").shut()
    comfy.gate("history").shut()
    one = easel(comfy)
    painting = one.paint()
    await comfy.gate("sampling").reached.wait()
    await comfy.drop_sockets()
    await until(lambda: not comfy.sockets)
    await until(lambda: comfy.sockets)
    comfy.gate("sampling").open()
    await until(lambda: one.parts[-1:] == [1.0])
    comfy.gate("history").open()

    assert (await painting).data


async def test_a_socket_that_another_of_its_id_made_deaf_costs_no_picture_and_is_renewed(comfy, easel, until):
    one = easel(comfy)
    await one.paint("img_a_0", seed=1)
    [listener] = [server.listener for server in one.engine.pool.servers]
    async with connect(f"ws{comfy.url.removeprefix('http')}/ws?clientId={listener.client_id}", proxy=None):
        pass
    await until(lambda: not comfy.sockets)
    one.parts.clear()

    assert (await one.paint("img_b_0", seed=2)).data
    assert one.parts == []
    await until(lambda: listener.client_id in comfy.sockets and listener.connected)
    comfy.gate("history").shut()
    painting = one.paint("img_c_0", seed=3)
    await until(lambda: one.parts[-1:] == [1.0])
    comfy.gate("history").open()

    assert (await painting).data


async def test_a_job_that_is_interrupted_in_its_last_moment_ends_cancelled_all_the_same(comfy, easel):
    comfy.gate("history").shut()
    one = easel(comfy)
    painting = one.paint()
    await comfy.gate("history").reached.wait()
    one.cancelled.set()
    comfy.gate("history").open()

    with pytest.raises(JobCancelled):
        await painting
    assert comfy.jobs.history == {}
    assert (await easel(comfy).paint("img_b_0")).data


@pytest.mark.parametrize("name", ["job_of_another_client", "job_without_client_id"])
async def test_messages_of_other_jobs_say_nothing_about_ones_own(comfy, easel, recorded, until, name):
    foreign = [event["received"] for event in recorded(name)["events"] if "received" in event]
    assert foreign
    comfy.gate("sampling").shut()
    one = easel(comfy)
    painting = one.paint()
    await comfy.gate("sampling").reached.wait()
    await until(lambda: one.parts)
    [client_id] = comfy.sockets
    before = list(one.parts)
    for message in foreign:
        await comfy.sockets[client_id].send_text(json.dumps(message))
    comfy.gate("sampling").open()

    assert (await painting).data
    assert one.parts[: len(before)] == before
    assert one.parts == sorted(one.parts)


async def test_progress_and_previews_of_the_own_job_are_told(comfy, easel, until):
    comfy.gate("history").shut()
    one, other = easel(comfy), easel(comfy)

    painting = one.paint()
    await until(lambda: one.previews and one.parts[-1:] == [1.0])
    comfy.gate("history").open()
    await painting

    [(data, mime)] = one.previews
    assert one.parts == sorted(one.parts)
    assert mime == "image/webp"
    assert Image.open(io.BytesIO(data)).size == (64, 48)
    assert other.previews == []


async def test_a_submission_without_an_answer_is_found_and_not_repeated(comfy, easel):
    comfy.unanswered = 1

    assert (await easel(comfy).paint()).data
    assert comfy.submitted == ["img_a_0-1"]


async def test_a_server_that_restarts_in_the_middle_gets_the_job_again(comfy, easel):
    comfy.gate("sampling").shut()
    one = easel(comfy, pace=Pace(poll=0.05, grace=5, patience=20, pause=0.1))
    painting = one.paint()
    await comfy.gate("sampling").reached.wait()
    await comfy.kill()
    await comfy.start()

    assert (await painting).data
    assert comfy.submitted == ["img_a_0-1"] * 2


async def test_a_server_that_stays_away_fails_the_attempt_but_not_the_task(comfy, easel):
    comfy.gate("sampling").shut()
    painting = easel(comfy).paint()
    await comfy.gate("sampling").reached.wait()
    await comfy.kill()

    with pytest.raises(EngineFailed) as failed:
        await painting

    assert (failed.value.cause, failed.value.reason) == (Cause.UNREACHABLE, None)


async def test_a_job_without_progress_is_stopped(comfy, easel):
    comfy.gate("sampling").shut()

    with pytest.raises(EngineFailed) as failed:
        await easel(comfy, pace=Pace(poll=0.02, job=0.2)).paint()

    assert (failed.value.cause, failed.value.reason) == (Cause.STALLED, None)
    assert ("POST", "/interrupt", {"prompt_id": "img_a_0-1"}) in comfy.calls


@pytest.mark.parametrize("ended", [False, True])
async def test_another_attempt_finds_the_job_of_a_killed_one(comfy, easel, until, ended):
    comfy.gate("sampling").shut()
    killed = easel(comfy).paint(attempt=1)
    await comfy.gate("sampling").reached.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    if ended:
        comfy.gate("sampling").open()
        await until(lambda: comfy.jobs.history)
    second = easel(comfy).paint(attempt=2)
    comfy.gate("sampling").open()

    assert (await second).data
    assert comfy.submitted == ["img_a_0-1"]


async def test_progress_and_previews_go_on_after_a_job_was_taken_up(comfy, easel, until):
    comfy.gate("sampling").shut()
    first = easel(comfy)
    killed = first.paint(attempt=1)
    await comfy.gate("sampling").reached.wait()
    killed.cancel()
    await asyncio.gather(killed, return_exceptions=True)
    await first.engine.close()
    comfy.gate("history").shut()

    second = easel(comfy)
    painting = second.paint(attempt=2)
    await until(lambda: comfy.sockets)
    comfy.gate("sampling").open()
    await until(lambda: second.parts[-1:] == [1.0])
    comfy.gate("history").open()

    assert (await painting).data
    assert comfy.submitted == ["img_a_0-1"]


async def test_another_attempt_does_not_take_a_failed_job_for_its_own(comfy, easel):
    comfy.fail(Failure("KSampler", "RuntimeError", "CUDA error"))
    one = easel(comfy)
    await asyncio.gather(one.paint(attempt=1), return_exceptions=True)

    assert (await easel(comfy).paint(attempt=2)).data
    assert comfy.submitted == ["img_a_0-1", "img_a_0-2"]


async def test_a_finished_job_whose_file_is_gone_is_painted_again(comfy, easel):
    await easel(comfy).paint(attempt=1)
    comfy.jobs.files.clear()

    assert (await easel(comfy).paint(attempt=2)).data
    assert comfy.submitted == ["img_a_0-1", "img_a_0-2"]
