"""Whether a server can run the graph at all, by what it says of its node classes (`GET /object_info/{class}`). Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

from generation.engines.comfyui.answers import VERSION_LENGTH, names_of, plain
from generation.engines.comfyui.workflow import Workflow, slots_in

Info = Mapping[str, Any]
"""What a server says of a class; empty for one that it does not know."""

CHECKPOINTS = "CheckpointLoaderSimple"
OLDEST = (0, 3, 45)
MOST_COMPLAINTS = 10


def too_old(version: str) -> list[str]:
    """Why a server of this version cannot be used: it would give jobs ids of its own, and none could be found again."""
    numbers = re.search(r"(\d+)\.(\d+)\.(\d+)", version[:VERSION_LENGTH])
    if numbers is None or tuple(int(number) for number in numbers.groups()) >= OLDEST:
        return []
    return [f"ComfyUI {version} is too old: {'.'.join(map(str, OLDEST))} is the first that takes a job's id"]


def classes(workflow: Workflow) -> list[str]:
    """The node classes of the graph, each once."""
    return list(dict.fromkeys(node["class_type"] for node in workflow.graph.values()))


def complaints(workflow: Workflow, infos: Mapping[str, Info]) -> list[str]:
    """What hinders the graph on a server, a sentence each, the first of them; nothing when it can run."""
    found = (said for node_id, node in workflow.graph.items() for said in _complaints(node_id, node, infos))
    return [plain(said) for said in islice(found, MOST_COMPLAINTS)]


def _complaints(node_id: str, node: Mapping[str, Any], infos: Mapping[str, Info]) -> Iterator[str]:
    name, inputs = node["class_type"], node["inputs"]
    info = infos.get(name)
    if info is None:  # not asked
        return
    if not info:
        yield f"there is no node class {name}, which node {node_id} of the graph is of"
        return
    required, optional = (_inputs(info, kind) for kind in ("required", "optional"))
    for missing in sorted(set(required) - set(inputs)):
        yield f"node {node_id} of the graph lacks the input {missing}, without which {name} does not run"
    for slot_in in sorted(input_ for input_, value in inputs.items() if slots_in(value)):
        if slot_in not in required and slot_in not in optional:
            yield f"node {node_id} of the graph has a slot in {slot_in}, which is no input of {name}"


def loader(workflow: Workflow) -> tuple[str, str]:
    """The class and the input that the checkpoint's name goes into."""
    return next(
        (node["class_type"], name)
        for node in workflow.graph.values()
        for name, value in node["inputs"].items()
        if "checkpoint" in slots_in(value)
    )


def choices(info: Info, name: str) -> tuple[str, ...] | None:
    """The values that an input may have, in either form in which they are told; none when it has no list."""
    told = {**_inputs(info, "required"), **_inputs(info, "optional")}.get(name)
    if not isinstance(told, Sequence) or not told:
        return None
    listed = told[0]
    if listed == "COMBO" and len(told) > 1 and isinstance(told[1], Mapping):
        listed = told[1].get("options")
    return names_of(listed) if isinstance(listed, list) else None


def _inputs(info: Info, kind: str) -> Mapping[str, Any]:
    inputs = info.get("input")
    of_kind = inputs.get(kind) if isinstance(inputs, Mapping) else None
    return of_kind if isinstance(of_kind, Mapping) else {}
