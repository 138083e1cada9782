"""What a scripted ComfyUI checks of a graph, and how it refuses one; as recorded from ComfyUI 0.3.64."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

Graph = dict[str, dict[str, Any]]

SAMPLERS = ("euler", "dpmpp_2m", "dpmpp_sde", "ddim")
SCHEDULERS = ("normal", "karras", "ddim_uniform")
CLASSES = {  # and the inputs that each requires
    "CheckpointLoaderSimple": ("ckpt_name",),
    "UNETLoader": ("unet_name", "weight_dtype"),
    "CLIPSetLastLayer": ("clip", "stop_at_clip_layer"),
    "CLIPTextEncode": ("text", "clip"),
    "EmptyLatentImage": ("width", "height", "batch_size"),
    "KSampler": (
        "model", "seed", "steps", "cfg", "sampler_name", "scheduler", "positive", "negative", "latent_image", "denoise"
    ),
    "VAEDecode": ("samples", "vae"),
    "SaveImage": ("images", "filename_prefix"),
}  # fmt: skip
LIMITS = {"seed": (0, 2**64 - 1), "steps": (1, 10_000), "width": (16, 16384), "height": (16, 16384), "cfg": (0, 100)}


def refused(graph: Any, checkpoints: Sequence[str]) -> dict[str, Any] | None:
    """The body of the 400 that the graph gets; none when it is in order."""
    if not isinstance(graph, dict) or not any(node.get("class_type") == "SaveImage" for node in graph.values()):
        return _body("prompt_no_outputs", "Prompt has no outputs")
    for node_id, node in graph.items():
        if node.get("class_type") not in CLASSES:
            said = f"Cannot execute because node {node.get('class_type')} does not exist."
            return _body("invalid_prompt", said, f"Node ID '#{node_id}'")
    errors = {node_id: list(_errors(node["inputs"], checkpoints)) for node_id, node in graph.items()}
    wrong = {
        node_id: {"errors": found, "dependent_outputs": ["8"], "class_type": graph[node_id]["class_type"]}
        for node_id, found in errors.items()
        if found
    }
    return _body("prompt_outputs_failed_validation", "Prompt outputs failed validation", "", wrong) if wrong else None


def described(name: str, checkpoints: Sequence[str]) -> dict[str, Any] | None:
    """What `/object_info/{name}` says of a class; lists are told in either of the two forms of the real one."""
    lists = {"ckpt_name": [list(checkpoints), {}], "unet_name": ["COMBO", {"options": list(checkpoints)}]}
    if name not in CLASSES:
        return None
    required = {input_: lists.get(input_, ["ANY", {}]) for input_ in CLASSES[name]}
    return {"input": {"required": required}, "name": name, "output_node": name == "SaveImage"}


def _body(kind: str, message: str, details: str = "", nodes: dict[str, Any] | None = None) -> dict[str, Any]:
    error = {"type": kind, "message": message, "details": details, "extra_info": {}}
    return {"error": error, "node_errors": nodes or {}}


def _errors(inputs: dict[str, Any], checkpoints: Sequence[str]) -> Iterator[dict[str, Any]]:
    lists = {"ckpt_name": checkpoints, "sampler_name": SAMPLERS, "scheduler": SCHEDULERS}
    for name, value in inputs.items():
        if name in lists and value not in lists[name]:
            yield _error(
                "value_not_in_list", "Value not in list", f"{name}: '{value}' not in {list(lists[name])}", name
            )
        least, most = LIMITS.get(name, (None, None))
        if least is not None and value < least:
            yield _error("value_smaller_than_min", f"Value {value} smaller than min of {least}", name, name)
        if most is not None and value > most:
            yield _error("value_bigger_than_max", f"Value {value} bigger than max of {most}", name, name)


def _error(kind: str, message: str, details: str, name: str) -> dict[str, Any]:
    return {"type": kind, "message": message, "details": details, "extra_info": {"input_name": name}}


def node_of(graph: Graph, class_type: str) -> str:
    """The id of the node of that class."""
    return next(node_id for node_id, node in graph.items() if node["class_type"] == class_type)


def signature(graph: Graph, node_id: str) -> str:
    """What the result of a node depends on: equal ones are taken from the cache."""
    node = graph[node_id]
    inputs = {
        name: signature(graph, value[0]) if isinstance(value, list) else value for name, value in node["inputs"].items()
    }
    return json.dumps([node["class_type"], inputs], sort_keys=True)
