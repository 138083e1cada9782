"""A server that is broken or means harm: too slow, too large, or of another shape. It costs some seconds, no more."""

import asyncio
import json

import pytest

from generation.engines.base import JobCancelled
from generation.engines.comfyui import Pace, Unreachable
from generation.engines.comfyui.answers import NAME_LENGTH, VERSION_LENGTH, SavedImage
from generation.engines.comfyui.checking import MOST_COMPLAINTS
from generation.engines.comfyui.client import ComfyClient
from generation.testing.hostile import bomb, dripping, endless, odd_bodies, saying

JOB, OUTPUT = "img_a_0-1", "8"
SHORT = Pace(glance=0.1, answer=0.1, file=0.1)
IMPATIENT = Pace(poll=0.05, look=0.5, glance=0.5, answer=0.5, file=0.5, grace=0.1, cancel=2, pause=0.1)
CALLS = {
    "submit": lambda client: client.submit({}, JOB, "client"),
    "queue": lambda client: client.queue(),
    "history": lambda client: client.history(JOB, OUTPUT),
    "recorded": lambda client: client.recorded(),
    "forget": lambda client: client.forget(JOB),
    "withdraw": lambda client: client.withdraw(JOB),
    "interrupt": lambda client: client.interrupt(JOB),
    "image": lambda client: client.image(SavedImage("a.png", "", "output")),
    "checkpoints": lambda client: client.checkpoints(),
    "node_class": lambda client: client.node_class("KSampler"),
    "version": lambda client: client.version(),
    "free_memory": lambda client: client.free_memory(),
}
EVERYTHING = ("GET /", "POST /")
ODD = odd_bodies(JOB, OUTPUT)


def answering(comfy, answer, *asked):
    """The server from now on."""
    for start in asked or EVERYTHING:
        comfy.instead[start] = answer


@pytest.fixture
async def client(comfy):
    client = ComfyClient(comfy.url, Pace())
    yield client
    await client.close()


@pytest.mark.parametrize("call", CALLS)
async def test_an_answer_that_drips_for_ever_ends_at_the_deadline(comfy, call):
    answering(comfy, dripping)
    client = ComfyClient(comfy.url, SHORT)

    async with asyncio.timeout(5):
        with pytest.raises(Unreachable, match=r"no whole answer within 0\.1 s"):
            await CALLS[call](client)
        await client.close()


@pytest.mark.parametrize("call", ["history", "image", "forget"])
async def test_an_answer_without_end_is_refused_before_it_fills_the_memory(comfy, client, call):
    answering(comfy, endless)

    with pytest.raises(Unreachable, match="the answer has more than"):
        await CALLS[call](client)


@pytest.mark.parametrize("call", ["queue", "image"])
async def test_a_packed_answer_is_never_unpacked(comfy, client, call):
    answering(comfy, bomb)

    with pytest.raises(Unreachable, match="packed"):
        await CALLS[call](client)


async def test_a_servers_cookies_are_not_kept(comfy, client):
    answering(comfy, saying(b"[]", **{"Set-Cookie": "session=1"}))

    await client.checkpoints()

    assert not client._http.cookies


@pytest.mark.parametrize("call", CALLS)
async def test_an_odd_answer_is_a_server_that_cannot_be_reached_or_says_nothing(comfy, client, call):
    for body in ODD.values():
        answering(comfy, saying(body))
        try:
            said = await CALLS[call](client)
        except Unreachable as error:
            said = str(error)
        if call != "image":
            json.dumps(repr(said), ensure_ascii=False).encode()  # can be sent


@pytest.mark.parametrize(
    "what", ["lists in lists", "a text", "jobs that are numbers", "half characters in a job", "a version too long"]
)
async def test_one_odd_server_breaks_neither_the_pool_nor_the_models_nor_a_picture(comfys, easel, what):
    odd, good = await comfys(2)
    answering(odd, saying(ODD[what]))
    one = easel(odd, good)

    models = await one.engine.models()
    assert (models.source, models.has("tiny-random.safetensors")) == ("comfyui", True)
    assert (await one.paint()).data


@pytest.mark.parametrize("what", ["lists in lists", "a version too long", "half characters in a list"])
async def test_the_service_answers_with_an_odd_server_in_its_pool(comfys, atelier, what):
    odd, good = await comfys(2)
    for asked in ("GET /system_stats", "GET /models"):
        answering(odd, saying(ODD[what]), asked)
    room = await atelier(odd, good)

    assert (await room.call("GET", "/api/models"))["source"] == "comfyui"
    assert (await room.ended(await room.order()))["status"] == "completed"


async def test_what_operators_are_told_of_a_server_stays_short_and_can_be_stored(comfy, easel):
    jobs = [[n, f"\ud800{n}" * 500, {}, {"client_id": 1}] for n in range(100)]
    required = {f"input_{n}\ud800" * 50: ["ANY", {}] for n in range(100)}
    answering(comfy, saying(json.dumps({"queue_running": jobs, "queue_pending": []}).encode()), "GET /queue")
    answering(comfy, saying(ODD["a version too long"]), "GET /system_stats")
    answering(comfy, saying(json.dumps({"KSampler": {"input": {"required": required}}}).encode()), "GET /object_info")
    one = easel(comfy)

    await one.engine.pool.refresh()

    [state] = [server.state for server in one.engine.pool.servers]
    assert len(state.version) == VERSION_LENGTH
    assert len(state.lacks) <= MOST_COMPLAINTS
    assert len(state.jobs) <= 20
    assert max(map(len, state.jobs)) <= NAME_LENGTH
    repr(state).encode()


async def test_a_server_whose_history_drips_hinders_no_cancel(comfy, easel):
    comfy.gate("sampling").shut()
    one = easel(comfy, pace=IMPATIENT)
    painting = one.paint()
    await comfy.gate("sampling").reached.wait()
    answering(comfy, dripping, "GET /")
    one.cancelled.set()

    async with asyncio.timeout(10):
        with pytest.raises(JobCancelled):
            await painting


async def test_the_job_of_a_server_that_begins_to_drip_is_painted_by_another(comfys, easel):
    slow, good = await comfys(2)
    slow.gate("sampling").shut()
    painting = easel(slow, good, pace=IMPATIENT).paint()
    await slow.gate("sampling").reached.wait()
    answering(slow, dripping)

    async with asyncio.timeout(10):
        assert (await painting).data
    assert good.submitted == ["img_a_0-1"]


async def test_looks_at_a_server_that_drips_do_not_pile_up(comfy, easel):
    answering(comfy, dripping)
    one = easel(comfy, pace=Pace(poll=0, look=0.01, glance=5))
    await one.engine.pool.refresh()
    before = len(asyncio.all_tasks())

    for _ in range(5):
        await one.engine.pool.refresh()

    assert len(asyncio.all_tasks()) == before


async def test_what_goes_wrong_unforeseen_with_one_server_is_no_trouble_of_the_others(comfys, easel):
    first, second = await comfys(2)
    one = easel(first, second)
    client, one.engine.pool.servers[0].client = one.engine.pool.servers[0].client, None

    assert (await one.engine.models()).source == "comfyui"
    assert (await one.paint()).data
    assert second.submitted == ["img_a_0-1"]
    one.engine.pool.servers[0].client = client
