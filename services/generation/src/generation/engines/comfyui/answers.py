"""What ComfyUI's answers mean: plain functions over JSON, which says more in newer versions and must not matter.

An answer of another shape makes them raise one of `MALFORMED`. Whatever text they give can be shown, stored and sent.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

OUT_OF_MEMORY = ("outofmemory", "out of memory", "allocation on device", "can't allocate memory", "memoryerror")
LACKING_TYPES = frozenset({"value_not_in_list", "invalid_prompt"})
DETAIL_LENGTH = 300
VERSION_LENGTH = 40
NAME_LENGTH = 255  # of a file or a job's id
MOST_NAMES = 2000

MALFORMED = (ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What reading JSON of another shape raises."""


class Cause(StrEnum):
    """Why a job brought no picture."""

    INVALID = "invalid"  # the graph is refused, here and everywhere
    LACKING = "lacking"  # this server lacks the checkpoint, a sampler or a node
    EXECUTION = "execution_error"
    MEMORY = "out_of_memory"
    INTERRUPTED = "interrupted"
    LOST = "lost"  # neither in the queue nor in the history: deleted, or the server was restarted
    UNREACHABLE = "unreachable"
    STALLED = "stalled"
    NO_PICTURE = "no_picture"  # done, but the file is gone or not given
    BAD_PICTURE = "bad_picture"  # the file is no picture of the size ordered


@dataclass(frozen=True)
class Failed:
    """A job that ended without a picture; `detail` is for the log."""

    cause: Cause
    detail: str = ""


@dataclass(frozen=True)
class SavedImage:
    """A file on the server; all three are needed to fetch it."""

    filename: str
    subfolder: str
    type: str


@dataclass(frozen=True)
class Finished:
    """A job whose picture can be fetched."""

    image: SavedImage


Outcome = Finished | Failed


@dataclass(frozen=True)
class Queue:
    """The prompt ids that run and wait, and the client ids that hear of them."""

    running: frozenset[str]
    pending: frozenset[str]
    clients: Mapping[str, str] = field(default_factory=dict)

    def __contains__(self, prompt_id: str) -> bool:
        return prompt_id in self.running or prompt_id in self.pending

    def __len__(self) -> int:
        return len(self.running) + len(self.pending)


def plain(said: str, length: int = DETAIL_LENGTH) -> str:
    """The text in one line, without what cannot be shown, and not longer than that."""
    return "".join(char if char.isprintable() else " " for char in said[:length])


def queue_of(answer: Mapping[str, Any]) -> Queue:
    """`GET /queue`; items are `[number, prompt id, graph, extra data, …]`."""
    running, pending = answer["queue_running"], answer["queue_pending"]
    return Queue(_ids(running), _ids(pending), dict(_clients([*running, *pending])))


def _ids(items: Sequence[Sequence[Any]]) -> frozenset[str]:
    return frozenset(_id(item) for item in items)


def _id(item: Sequence[Any]) -> str:
    return plain(str(item[1]), NAME_LENGTH)


def _clients(items: Sequence[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    for item in items:
        extra = item[3] if len(item) > 3 else None
        if isinstance(extra, Mapping) and isinstance(extra.get("client_id"), str):
            yield _id(item), plain(extra["client_id"], NAME_LENGTH)


def ids_of(answer: Mapping[str, Any]) -> list[str]:
    """`GET /history`; the entries are by prompt id."""
    return [plain(prompt_id, NAME_LENGTH) for prompt_id in answer]


def ended_of(answer: Mapping[str, Any], prompt_id: str, output: str) -> Outcome | None:
    """`GET /history/{id}`; none while it has no entry."""
    entry = answer.get(prompt_id)
    return None if entry is None else outcome_of(entry, output)


def outcome_of(entry: Mapping[str, Any], output: str) -> Outcome:
    """An entry of the history. Errors and interruptions alike say `error` there; the messages tell."""
    status = entry.get("status") or {}
    messages = {message[0]: message[1] for message in status.get("messages") or ()}
    if "execution_interrupted" in messages:
        return Failed(Cause.INTERRUPTED)
    if "execution_error" in messages:
        return _error(messages["execution_error"])
    if status.get("status_str") == "error":
        return Failed(Cause.EXECUTION)
    for image in ((entry.get("outputs") or {}).get(output) or {}).get("images") or ():
        told = image["filename"], image.get("subfolder", ""), image.get("type", "output")
        return Finished(SavedImage(*map(_name, told)))
    return Failed(Cause.NO_PICTURE, f"node {output} has no output")


def _name(value: Any) -> str:
    if not _is_name(value):
        raise ValueError(f"{value!r:.80} is no name")
    return str(value)


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= NAME_LENGTH and value.isprintable()


def _error(message: Mapping[str, Any]) -> Failed:
    kind, said = str(message.get("exception_type", "")), str(message.get("exception_message", "")).strip()
    text = f"{kind} {said}".lower()
    cause = Cause.MEMORY if any(sign in text for sign in OUT_OF_MEMORY) else Cause.EXECUTION
    return Failed(cause, plain(f"{message.get('node_type')}: {kind}: {said}"))


def refusal_of(answer: Mapping[str, Any]) -> Failed | None:
    """The answer of `POST /prompt`, with status 200 or 400; none when the whole graph was accepted."""
    nodes: Mapping[str, Any] = answer.get("node_errors") or {}
    error: Mapping[str, Any] = answer.get("error") or {}
    if not nodes and not error:
        return None
    reasons = [reason for node in nodes.values() for reason in node.get("errors") or ()] or [error]
    lacking = all(reason.get("type") in LACKING_TYPES for reason in reasons)
    said = "; ".join(f"{reason.get('type')}: {reason.get('details') or reason.get('message')}" for reason in reasons)
    return Failed(Cause.LACKING if lacking else Cause.INVALID, plain(said))


def names_of(answer: Any) -> tuple[str, ...]:
    """`GET /models/checkpoints`, or the values of an input: a list of files. What can be no file's name is left out."""
    if not isinstance(answer, list):
        raise TypeError(f"{answer!r:.80} is no list")
    return tuple(name for name in answer if name and _is_name(name))[:MOST_NAMES]


def class_of(answer: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """`GET /object_info/{class}`; empty for a class that the server does not know."""
    info = answer.get(name)
    return info if isinstance(info, Mapping) else {}


def version_of(answer: Mapping[str, Any]) -> str:
    """`GET /system_stats`."""
    system = answer.get("system")
    said = system.get("comfyui_version") if isinstance(system, Mapping) else None
    return plain(str(said or "unknown"), VERSION_LENGTH)
