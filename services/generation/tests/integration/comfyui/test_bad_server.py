"""A pool with a server that takes jobs and brings no pictures: they are painted by another, and it is left alone."""

import asyncio

import pytest

from generation.engines.base import EngineFailed
from generation.engines.comfyui import Pace
from generation.engines.comfyui.answers import Cause
from generation.engines.comfyui.breaker import THRESHOLD
from generation.testing.hostile import dripping, saying
from generation.testing.jobs import Failure

PACE = Pace(poll=0.05, socket=5, grace=0.1, patience=5, pause=3600, answer=2, file=0.2)
FORBIDDEN = saying(b"403: Forbidden", 403)
BRINGING_NO_PICTURE = {
    "submissions fail": {"POST /prompt": saying(b"500 Internal Server Error", 500)},
    "submissions are forbidden": {"POST ": FORBIDDEN},
    "submissions are answered with a page": {"POST /prompt": saying(b"<html>login</html>")},
    "submissions are taken and forgotten": {"POST /prompt": saying(b'{"prompt_id": "x", "node_errors": {}}')},
    "files are gone": {"GET /view": saying(b"", 404)},
    "files are gone and the history stays": {"GET /view": saying(b"", 404), "POST /history": FORBIDDEN},
    "files drip": {"GET /view": dripping},
    "histories are odd": {"GET /history/": saying(b"[1]")},
}
NO_PICTURES = {"a page": b"<html>login</html>", "nothing that Pillow reads": b"\x89PNG\r\n\x1a\n" + b"\0" * 99}
CRASH = Failure("KSampler", "RuntimeError", "CUDA error")


def submissions(comfy):
    return [path for _, path, _ in comfy.calls].count("/prompt")


def breakers(one):
    return [server.state.breaker for server in one.engine.pool.servers]


@pytest.mark.parametrize("what", BRINGING_NO_PICTURE)
async def test_a_server_that_brings_no_picture_is_tried_once_and_left_alone_after_three(comfys, easel, what):
    bad, good = await comfys(2)
    bad.instead.update(BRINGING_NO_PICTURE[what])
    one = easel(bad, good, pace=PACE)

    assert (await one.paint("img_a_0", seed=1)).data
    assert submissions(bad) == 1
    for n in range(2, THRESHOLD + 2):  # two at once, lest the one that has the model loaded paint them all
        await asyncio.gather(one.paint(f"img_a_{n}", seed=n), one.paint(f"img_b_{n}", seed=n))

    assert submissions(bad) <= THRESHOLD
    assert breakers(one) == ["open", "closed"]


async def test_a_server_that_brings_no_picture_is_not_preferred_for_the_model_it_was_given(comfys, easel):
    bad, good = await comfys(2)
    bad.instead["POST /prompt"] = FORBIDDEN
    one = easel(bad, good, pace=PACE)

    for n in range(4):
        await one.paint(f"img_a_{n}", seed=n)

    assert submissions(bad) == 1
    assert [server.state.loaded for server in one.engine.pool.servers] == [None, "tiny-random.safetensors"]


async def test_what_an_earlier_attempt_left_on_a_bad_server_is_asked_for_once(comfys, easel):
    bad, good = await comfys(2)
    bad.instead.update(BRINGING_NO_PICTURE["files are gone and the history stays"])
    with pytest.raises(EngineFailed):
        await easel(bad).paint(attempt=1)
    before = submissions(bad)

    assert (await easel(bad, good).paint(attempt=2)).data
    assert submissions(bad) == before


async def test_a_server_with_room_is_waited_for_rather_than_one_that_has_just_failed(comfys, easel, until):
    bad, good = await comfys(2)
    bad.instead["POST /prompt"] = FORBIDDEN
    good.gate("sampling").shut()
    others = easel(good)
    theirs = [others.paint(f"img_b_{n}", seed=n) for n in range(2)]
    await until(lambda: len(good.submitted) == 2)
    painting = easel(bad, good).paint()
    await until(lambda: submissions(bad) == 1)
    asked = len(good.calls)
    await until(lambda: len(good.calls) > asked + 4)
    good.gate("sampling").open()

    assert (await painting).data
    assert submissions(bad) == 1
    await asyncio.gather(*theirs)


async def test_without_another_server_the_one_that_failed_is_tried_again(comfy, easel):
    comfy.instead["POST /prompt"] = FORBIDDEN
    one = easel(comfy, pace=Pace(poll=0.05, pause=0))

    with pytest.raises(EngineFailed) as failed:
        await one.paint()

    assert (failed.value.cause, failed.value.reason) == (Cause.LOST, None)
    comfy.instead.clear()
    assert (await one.paint(attempt=2)).data


async def test_a_file_that_cannot_be_had_for_a_moment_is_asked_for_again(comfy, easel, until):
    comfy.instead["GET /view"] = saying(b"", 502)
    painting = easel(comfy, pace=Pace(poll=0.05, grace=20)).paint()
    await until(lambda: [path for _, path, _ in comfy.calls].count("/view") > 1)
    comfy.instead.clear()

    assert (await painting).data
    assert comfy.submitted == ["img_a_0-1"]


@pytest.mark.parametrize("what", NO_PICTURES)
async def test_what_is_no_picture_is_painted_by_another_server_and_counts_against_the_first(comfys, easel, what):
    bad, good = await comfys(2)
    bad.instead["GET /view"] = saying(NO_PICTURES[what])
    one = easel(bad, good, pace=PACE)

    pictures = [await one.paint(f"img_a_{n}", seed=n) for n in range(2)]
    for n in range(2, 4):
        pictures += await asyncio.gather(one.paint(f"img_a_{n}", seed=n), one.paint(f"img_b_{n}", seed=n))

    assert all(picture.data.startswith(b"\x89PNG") and b"IHDR" in picture.data for picture in pictures)
    assert breakers(one) == ["open", "closed"]


async def test_what_every_server_paints_badly_is_given_as_it_is_after_two_tries_and_counts_against_none(comfys, easel):
    all_of_them = await comfys(3)
    for comfy in all_of_them:
        comfy.jobs.picture = b"no picture"
    one = easel(*all_of_them, pace=Pace(poll=0.05))

    pictures = [await one.paint(f"img_a_{n}", seed=n) for n in range(THRESHOLD)]

    assert [picture.data for picture in pictures] == [b"no picture"] * THRESHOLD
    assert sum(len(comfy.submitted) for comfy in all_of_them) == 2 * THRESHOLD
    assert breakers(one) == ["closed"] * 3


async def test_a_corrupt_checkpoint_ordered_again_and_again_opens_no_breaker(comfys, easel):
    one = easel(*await comfys(2))

    for n in range(THRESHOLD + 1):
        with pytest.raises(EngineFailed):
            await one.paint(f"img_a_{n}", model="corrupt.safetensors")

    assert breakers(one) == ["closed", "closed"]


async def test_an_error_counts_against_a_server_when_another_paints_the_same(comfys, easel):
    first, second = await comfys(2)
    first.fail(*[CRASH] * THRESHOLD)
    one = easel(first, second, pace=PACE)

    for n in range(THRESHOLD):
        await asyncio.gather(one.paint(f"img_a_{n}", seed=n), one.paint(f"img_b_{n}", seed=n))

    assert breakers(one) == ["open", "closed"]


async def test_a_running_job_is_taken_up_even_where_the_breaker_is_open(comfys, easel):
    first, second = await comfys(2)
    first.gate("sampling").shut()
    killed = easel(first).paint(attempt=1)
    await first.gate("sampling").reached.wait()
    killed.cancel()
    one = easel(first, second, pace=PACE)
    await one.engine.pool.refresh()
    for _ in range(THRESHOLD):
        one.engine.pool.servers[0].breaker.failed(one.engine.pool.clock())

    second_attempt = one.paint(attempt=2)
    first.gate("sampling").open()

    assert (await second_attempt).data
    assert (first.submitted, second.submitted) == (["img_a_0-1"], [])
