"""The graph that ComfyUI runs: a data file with named slots, `{{prompt}}` and the like. Pure but for `read`."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from generation.events import Order

Graph = dict[str, dict[str, Any]]
Slots = Mapping[str, str | int | float]

REQUIRED = frozenset({"checkpoint", "prompt", "width", "height", "seed", "output_prefix"})
OPTIONAL = frozenset({"negative_prompt", "clip_layer", "steps", "cfg", "sampler_name", "scheduler"})
SAMPLERS = {
    "dpmpp_2m_karras": ("dpmpp_2m", "karras"),
    "dpmpp_sde_karras": ("dpmpp_sde", "karras"),
    "euler": ("euler", "normal"),
    "ddim": ("ddim", "ddim_uniform"),
}
_SLOT = re.compile(r"\{\{(\w+)\}\}")


class WorkflowInvalid(ValueError):
    """The file is no graph that can be filled; the message says what is wrong with it."""


@dataclass(frozen=True)
class Workflow:
    """A checked graph. `output` is the node whose pictures count: the one with the slot `output_prefix`."""

    graph: Graph
    output: str

    @property
    def sha256(self) -> str:
        """Of the graph with its slots, as JSON with sorted keys and without blanks."""
        return hashlib.sha256(json.dumps(self.graph, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def fill(self, values: Slots) -> Graph:
        """The graph with each slot replaced; a slot that is a whole input keeps the value's type."""
        return {node_id: node | {"inputs": _filled(node["inputs"], values)} for node_id, node in self.graph.items()}


def slots_for(order: Order, seed: int, output_prefix: str) -> Slots:
    """What goes into the slots for one picture. `output_prefix` is made of ids only: ComfyUI makes a path of it."""
    sampler, scheduler = SAMPLERS[order.sampler]
    return {
        "checkpoint": order.model,
        "clip_layer": -order.clip_skip,
        "prompt": order.prompt,
        "negative_prompt": order.negative_prompt,
        "width": order.width,
        "height": order.height,
        "seed": seed,
        "steps": order.steps,
        "cfg": order.cfg_scale,
        "sampler_name": sampler,
        "scheduler": scheduler,
        "output_prefix": output_prefix,
    }


def read(path: Path | None = None) -> Workflow:
    """The operator's file, or the built-in text-to-image graph; raises `WorkflowInvalid`."""
    try:
        text = (path or files("generation") / "workflows" / "text2img.json").read_text("utf-8")
    except OSError as error:
        raise WorkflowInvalid(f"{path} cannot be read ({error.strerror})") from None
    except UnicodeDecodeError:
        raise WorkflowInvalid(f"{path} is not UTF-8 text") from None
    return parse(text)


def parse(text: str) -> Workflow:
    """Check a graph in ComfyUI's API format; raises `WorkflowInvalid`."""
    try:
        graph = json.loads(text)
    except ValueError as error:
        raise WorkflowInvalid(f"not JSON: {error}") from None
    except RecursionError:
        raise WorkflowInvalid("not a graph: lists or objects are nested too deeply") from None
    if not isinstance(graph, dict) or not graph:
        raise WorkflowInvalid("not a graph: an object of nodes by id is expected")
    if isinstance(graph.get("nodes"), list):
        raise WorkflowInvalid("saved for ComfyUI's editor; export it with “Save (API Format)”")
    for node_id, node in graph.items():
        _check(node_id, node, graph)
    _can_be_sent(graph)
    return Workflow(graph, _output(graph))


def _check(node_id: str, node: Any, graph: Graph) -> None:
    if not isinstance(node, dict) or not isinstance(node.get("class_type"), str):
        raise WorkflowInvalid(f"node {node_id} has no class_type")
    if not isinstance(node.get("inputs"), dict):
        raise WorkflowInvalid(f"node {node_id} has no inputs")
    for name, value in node["inputs"].items():
        if _is_link(value) and value[0] not in graph:
            raise WorkflowInvalid(f"input {name} of node {node_id} is linked to node {value[0]}, which is not there")


def _can_be_sent(graph: Graph) -> None:
    """Refuse what Python's reader takes and JSON does not know: ComfyUI would get no job at all."""
    try:
        json.dumps(graph, allow_nan=False, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise WorkflowInvalid("a text holds half a character (a lone surrogate, \\ud800 to \\udfff)") from None
    except ValueError:
        raise WorkflowInvalid("a number is NaN or infinite, which JSON does not know") from None


def _output(graph: Graph) -> str:
    found = [(slot, node_id) for node_id, node in graph.items() for slot in slots_in(node["inputs"])]
    if unknown := sorted({slot for slot, _ in found} - REQUIRED - OPTIONAL):
        known = ", ".join(sorted(REQUIRED | OPTIONAL))
        raise WorkflowInvalid(f"unknown slot {unknown[0]}; there are {known}")
    if missing := sorted(REQUIRED - {slot for slot, _ in found}):
        raise WorkflowInvalid("nothing says where these go: " + ", ".join(f"{{{{{slot}}}}}" for slot in missing))
    outputs = {node_id for slot, node_id in found if slot == "output_prefix"}
    if len(outputs) > 1:
        raise WorkflowInvalid("the slot output_prefix is in several nodes; one node saves the picture")
    return outputs.pop()


def slots_in(value: Any) -> list[str]:
    """The names of the slots in an input, or in all of them."""
    if isinstance(value, str):
        return _SLOT.findall(value)
    if isinstance(value, dict | list):
        return [slot for item in (value.values() if isinstance(value, dict) else value) for slot in slots_in(item)]
    return []


def _filled(value: Any, values: Slots) -> Any:
    """Fill in one pass, so that a prompt that looks like a slot stays as it is."""
    if isinstance(value, str):
        whole = _SLOT.fullmatch(value)
        return values[whole[1]] if whole else _SLOT.sub(lambda slot: str(values[slot[1]]), value)
    if isinstance(value, dict):
        return {key: _filled(item, values) for key, item in value.items()}
    return [_filled(item, values) for item in value] if isinstance(value, list) else value


def _is_link(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], int)
