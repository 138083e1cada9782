"""The graph file: filled like the recorded one, replaceable, and refused with a sentence when it cannot be filled."""

import json

import pytest

from generation.engines.comfyui import workflow
from generation.engines.comfyui.workflow import WorkflowInvalid
from generation.events import Order
from generation.settings import Settings

ORDER = Order(
    prompt="a lighthouse at dusk",
    negative_prompt="blurry",
    model="tiny-random.safetensors",
    width=512,
    height=768,
    batch_size=4,
    cfg_scale=7.5,
    steps=20,
    seed=42,
    sampler="dpmpp_2m_karras",
    clip_skip=2,
)


def filled(order: Order = ORDER, seed: int = 43, **changes):
    graph = workflow.read().fill(workflow.slots_for(order.model_copy(update=changes), seed, "img_a_1-1/img"))
    return {name: value for node in graph.values() for name, value in node["inputs"].items()}, graph


def test_the_built_in_graph_is_the_recorded_one_with_the_orders_values(recorded):
    submitted = next(e["request"]["json"] for e in recorded("job_success")["events"] if e["via"] == "http")["prompt"]
    inputs, graph = filled()

    assert {n: node["class_type"] for n, node in graph.items()} == {n: v["class_type"] for n, v in submitted.items()}
    assert all(
        type(graph[n]["inputs"][k]) is type(v) for n, node in submitted.items() for k, v in node["inputs"].items()
    )
    assert (inputs["seed"], inputs["steps"], inputs["cfg"]) == (43, 20, 7.5)
    assert (inputs["width"], inputs["height"], inputs["batch_size"]) == (512, 768, 1)
    assert inputs["stop_at_clip_layer"] == -2
    assert inputs["ckpt_name"] == "tiny-random.safetensors"
    assert graph["3"]["inputs"]["text"] == "a lighthouse at dusk"
    assert graph["4"]["inputs"]["text"] == "blurry"
    assert inputs["filename_prefix"] == "img_a_1-1/img"


@pytest.mark.parametrize(
    ("sampler", "expected"),
    [
        ("dpmpp_2m_karras", ("dpmpp_2m", "karras")),
        ("dpmpp_sde_karras", ("dpmpp_sde", "karras")),
        ("euler", ("euler", "normal")),
        ("ddim", ("ddim", "ddim_uniform")),
    ],
)
def test_a_sampler_is_a_sampler_and_a_scheduler(sampler, expected):
    inputs, _ = filled(sampler=sampler)

    assert (inputs["sampler_name"], inputs["scheduler"]) == expected


def test_a_graph_is_known_by_its_hash_whatever_the_order_of_its_keys_and_its_blanks():
    graph = workflow.read().graph
    turned = {node: dict(reversed(parts.items())) for node, parts in reversed(graph.items())}
    changed = {**graph, "6": {**graph["6"], "inputs": {**graph["6"]["inputs"], "denoise": 0.9}}}

    assert workflow.parse(json.dumps(turned, indent=4)).sha256 == workflow.read().sha256
    assert workflow.parse(json.dumps(changed)).sha256 != workflow.read().sha256


def test_a_prompt_that_looks_like_a_slot_or_like_json_stays_as_it_is():
    odd = '{{seed}} "quoted" \\ %width% {{output_prefix}}'

    assert filled(prompt=odd)[1]["3"]["inputs"]["text"] == odd


def own_graph(**changes):
    graph = json.loads(json.dumps(workflow.read().graph))
    for path, value in changes.items():
        node, _, name = path.partition("__")
        graph[node.removeprefix("n")]["inputs"][name] = value
    return graph


def test_a_slot_may_stand_inside_a_text():
    own = workflow.parse(json.dumps(own_graph(n3__text="masterpiece, {{prompt}}, {{steps}} steps")))

    graph = own.fill(workflow.slots_for(ORDER, 1, "x/img"))

    assert graph["3"]["inputs"]["text"] == "masterpiece, a lighthouse at dusk, 20 steps"


def test_the_output_is_the_node_with_the_prefix():
    graph = own_graph(n8__filename_prefix="fixed")
    graph["12"] = {"class_type": "SaveImage", "inputs": {"images": ["7", 0], "filename_prefix": "{{output_prefix}}"}}

    assert workflow.parse(json.dumps(graph)).output == "12"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "not JSON"),
        ("[]", "not a graph"),
        ('{"nodes": [], "links": []}', "API Format"),
        ('{"1": {"inputs": {}}}', "node 1 has no class_type"),
        ('{"1": {"class_type": "X"}}', "node 1 has no inputs"),
        ('{"1": {"class_type": "X", "inputs": {"model": ["9", 0]}}}', "linked to node 9, which is not there"),
        (json.dumps(own_graph(n3__text="fixed")), "nothing says where these go: {{prompt}}"),
        (json.dumps(own_graph(n6__seed="{{sead}}")), "unknown slot sead"),
        (json.dumps(own_graph(n7__x="{{output_prefix}}")), "several nodes"),
        (json.dumps(own_graph(n6__denoise=float("nan"))), "a number is NaN or infinite"),
        (json.dumps(own_graph(n6__denoise="huge")).replace('"huge"', "1e999"), "a number is NaN or infinite"),
        (json.dumps(own_graph(n3__text="{{prompt}} \ud800")), "half a character"),
        ("[" * 100_000, "nested too deeply"),
    ],
)
def test_a_graph_that_cannot_be_filled_or_sent_is_refused_with_a_sentence(text, says):
    with pytest.raises(WorkflowInvalid, match=says.replace("{", r"\{")):
        workflow.parse(text)


def test_a_service_does_not_start_with_a_graph_that_cannot_be_filled(tmp_path):
    (tmp_path / "graph.json").write_text("{}")
    (tmp_path / "number.json").write_text(json.dumps(own_graph(n6__denoise=float("nan"))))

    for name in ("graph.json", "number.json", "missing.json"):
        with pytest.raises(ValueError, match="graph|is NaN|cannot be read"):
            Settings.model_validate({"GENERATION_WORKFLOW_FILE": tmp_path / name})
