"""A graph that a server cannot run is said in a sentence, and the server gets none of its jobs."""

import asyncio
import json

import pytest

from generation.engines.base import EngineFailed
from generation.engines.comfyui import workflow
from generation.engines.comfyui.answers import Cause
from generation.engines.comfyui.checking import choices, classes, complaints, loader, too_old

MODEL = "tiny-random.safetensors"


def infos_of(transcript):
    for event in transcript["events"]:
        yield from event["response"]["json"].items()


def altered(**changes):
    """The built-in graph with other inputs: `n6__seed="{{seed}}"`; none takes an input away."""
    graph = json.loads(json.dumps(workflow.read().graph))
    for path, value in changes.items():
        node, _, name = path.removeprefix("n").partition("__")
        graph[node]["inputs"] |= {name: value}
        graph[node]["inputs"] = {key: kept for key, kept in graph[node]["inputs"].items() if kept is not None}
    return workflow.parse(json.dumps(graph))


def test_the_built_in_graph_runs_on_the_recorded_server(recorded):
    infos = dict(infos_of(recorded("object_info")))

    assert complaints(workflow.read(), infos) == []
    assert set(classes(workflow.read())) <= set(infos)
    assert choices(infos["CheckpointLoaderSimple"], "ckpt_name") == (
        "corrupt.safetensors",
        "sd15-random.safetensors",
        MODEL,
    )


@pytest.mark.parametrize(
    ("graph", "without", "says"),
    [
        (altered(), "VAEDecode", "there is no node class VAEDecode, which node 7 of the graph is of"),
        (altered(n6__denoise=None), "", "node 6 of the graph lacks the input denoise, without which KSampler"),
        (altered(n6__sead="{{seed}}"), "", "node 6 of the graph has a slot in sead, which is no input of KSampler"),
    ],
)
def test_what_the_recorded_server_lacks_is_a_sentence(recorded, graph, without, says):
    infos = dict(infos_of(recorded("object_info")))
    infos |= {without: {}} if without else {}

    [said] = complaints(graph, infos)

    assert said.startswith(says)


@pytest.mark.parametrize(
    ("told", "values"),
    [
        ([["a", "b"], {"tooltip": "x"}], ("a", "b")),
        (["COMBO", {"options": ["a"], "multiselect": False}], ("a",)),
        ([[]], ()),
        (["COMBO"], None),
        (["COMBO", {}], None),
        (["INT", {"min": 0}], None),
        ([], None),
        ("x", None),
    ],
)
def test_a_list_of_values_is_read_in_both_forms(told, values):
    assert choices({"input": {"required": {"name": told}}}, "name") == values


@pytest.mark.parametrize("info", [{}, {"input": None}, {"input": {"required": None}}, {"input": []}])
def test_an_odd_description_has_no_values(info):
    assert choices(info, "name") is None


async def test_a_server_that_lacks_a_node_gets_no_job_until_it_has_it(comfys, easel, until):
    first, second = await comfys(2)
    first.missing.add("KSampler")
    one = easel(first, second)

    await one.paint("img_a_0")
    await one.paint("img_b_0")
    [lacking, able] = [server.state.lacks for server in one.engine.pool.servers]
    first.missing.clear()
    one.engine.pool.servers[0].distrust_list()
    first.gate("sampling").shut()
    second.gate("sampling").shut()
    paintings = [one.paint(f"img_c_{n}", seed=n) for n in range(2)]
    await until(lambda: first.submitted and len(second.submitted) == 3)
    first.gate("sampling").open()
    second.gate("sampling").open()
    await asyncio.gather(*paintings)

    assert lacking == ("there is no node class KSampler, which node 6 of the graph is of",)
    assert able == ()
    assert (len(first.submitted), len(second.submitted)) == (1, 3)


async def test_a_graph_that_no_server_can_run_fails_the_task_at_once_and_says_why(comfy, easel):
    comfy.missing.add("CLIPSetLastLayer")

    with pytest.raises(EngineFailed, match=f"{comfy.url}: there is no node class CLIPSetLastLayer") as failed:
        await easel(comfy).paint()

    assert failed.value.cause is Cause.LACKING
    assert comfy.submitted == []


async def test_models_are_those_that_the_graphs_own_loader_takes(comfy, easel):
    graph = json.loads(json.dumps(workflow.read().graph))
    graph["1"] = {"class_type": "UNETLoader", "inputs": {"unet_name": "{{checkpoint}}", "weight_dtype": "default"}}
    own = workflow.parse(json.dumps(graph))
    one = easel(comfy)
    one.engine.pool.expect(own)
    comfy.checkpoints[:] = ["flux.safetensors"]

    assert loader(own) == ("UNETLoader", "unet_name")
    assert [model.value for model in (await one.engine.models()).models] == ["flux.safetensors"]
    assert "/models/checkpoints" not in [path for _, path, _ in comfy.calls]


@pytest.mark.parametrize(
    ("version", "old"),
    [
        ("0.3.64", False),
        ("0.3.45", False),
        ("0.3.44", True),
        ("v0.2.7-9-gabc", True),
        ("1.0.0", False),
        ("unknown", False),
    ],
)
def test_a_server_that_gives_jobs_ids_of_its_own_is_too_old(version, old):
    assert bool(too_old(version)) is old


async def test_a_server_that_is_too_old_gets_no_job(comfys, easel):
    first, second = await comfys(2)
    first.version = "0.3.40"
    one = easel(first, second)

    await asyncio.gather(*(one.paint(f"img_a_{n}", seed=n) for n in range(2)))

    assert (first.submitted, len(second.submitted)) == ([], 2)
    assert one.engine.pool.servers[0].state.lacks[0].startswith("ComfyUI 0.3.40 is too old")


@pytest.mark.parametrize("hindrance", ["too old", "lacks a node"])
async def test_the_models_of_a_server_that_cannot_run_the_graph_are_not_on_offer(comfys, easel, hindrance):
    (unable,) = await comfys(checkpoints=("only-here.safetensors", MODEL))
    (able,) = await comfys(checkpoints=(MODEL,))
    if hindrance == "too old":
        unable.version = "0.3.40"
    else:
        unable.missing.add("KSampler")
    one, alone = easel(unable, able), easel(unable)

    catalogue, without = await one.engine.models(), await alone.engine.models()

    assert [model.value for model in catalogue.models] == [MODEL]
    assert (await one.paint(model=catalogue.models[0].value)).data
    assert (without.source, without.has("only-here.safetensors")) == ("error", False)
