"""The scripted server says what was recorded from a real one."""

import json

import httpx
from websockets.asyncio.client import connect

from generation.engines.comfyui import workflow
from generation.events import Order

ORDER = Order(
    prompt="a lighthouse",
    negative_prompt="blurry",
    model="tiny-random.safetensors",
    width=64,
    height=64,
    batch_size=1,
    cfg_scale=7,
    steps=6,
    seed=1,
    sampler="euler",
    clip_skip=1,
)
SHAPELESS = {"status", "progress_state"}  # how many of them come depends on the pace


def shapes(messages):
    """Type, and the data's keys, of each message about a job."""
    return [(m["type"], *sorted(set(m["data"]) & {"prompt_id", "node", "nodes", "output", "value", "max"}))
            for m in messages if m["type"] not in SHAPELESS]  # fmt: skip


async def spoken(comfy, graph, prompt_id):
    """What a client hears of a job, and its history entry."""
    address = f"ws{comfy.url.removeprefix('http')}/ws?clientId=c"
    async with connect(address, proxy=None) as socket, httpx.AsyncClient(base_url=comfy.url) as client:
        answer = await client.post("/prompt", json={"prompt": graph, "prompt_id": prompt_id, "client_id": "c"})
        messages = []
        async for message in socket:
            if isinstance(message, str):
                messages.append(json.loads(message))
                if messages[-1]["type"] == "executing" and messages[-1]["data"]["node"] is None:
                    break
        return answer.json(), messages, (await client.get(f"/history/{prompt_id}")).json()[prompt_id]


async def test_a_job_is_told_in_the_recorded_order(comfy, recorded):
    transcript = recorded("job_success")["events"]
    heard = [event["received"] for event in transcript if "received" in event]
    posted = next(e["response"]["json"] for e in transcript if e["via"] == "http" and e["request"]["method"] == "POST")
    [entry] = next(
        event["response"]["json"].values()
        for event in transcript
        if event["via"] == "http" and event["request"]["path"].startswith("/history")
    )
    graph = workflow.read().fill(workflow.slots_for(ORDER, 1, "job/img"))
    graph_before = workflow.read().fill(workflow.slots_for(ORDER.model_copy(update={"prompt": "other"}), 2, "job/img"))
    await spoken(comfy, graph_before, "warm")

    answer, messages, kept = await spoken(comfy, graph, "cold")

    assert set(answer) == set(posted)
    assert shapes(messages) == shapes(heard)
    assert set(kept) == set(entry)
    assert kept["status"]["status_str"] == entry["status"]["status_str"]
    assert [m[0] for m in kept["status"]["messages"]] == [m[0] for m in entry["status"]["messages"]]
    assert kept["outputs"].keys() == entry["outputs"].keys()


async def test_a_refused_graph_gets_the_recorded_answer(comfy, recorded):
    transcript = recorded("prompt_validation_errors")["events"]
    unknown = next(e["response"]["json"] for e in transcript if e.get("note") == "unknown checkpoint")
    order = ORDER.model_copy(update={"model": "nosuch.safetensors"})
    graph = workflow.read().fill(workflow.slots_for(order, 1, "job/img"))

    async with httpx.AsyncClient(base_url=comfy.url) as client:
        answer = await client.post("/prompt", json={"prompt": graph, "prompt_id": "x", "client_id": "c"})

    ours, theirs = answer.json(), unknown
    assert answer.status_code == 400
    assert ours["error"] == theirs["error"]
    assert ours["node_errors"].keys() == theirs["node_errors"].keys()
    assert ours["node_errors"]["1"]["errors"][0]["type"] == theirs["node_errors"]["1"]["errors"][0]["type"]
