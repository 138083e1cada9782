"""What ComfyUI's answers mean: plain functions over JSON, which says more in newer versions and must not matter."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

OUT_OF_MEMORY = ("outofmemory", "out of memory", "allocation on device", "can't allocate memory", "memoryerror")
LACKING_TYPES = frozenset({"value_not_in_list", "invalid_prompt"})
DETAIL_LENGTH = 300


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
    NO_PICTURE = "no_picture"  # done, but the file is gone or unreadable


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


def queue_of(answer: Mapping[str, Any]) -> Queue:
    """`GET /queue`; items are `[number, prompt id, graph, extra data, …]`."""
    running, pending = answer["queue_running"], answer["queue_pending"]
    return Queue(_ids(running), _ids(pending), dict(_clients([*running, *pending])))


def _ids(items: Sequence[Sequence[Any]]) -> frozenset[str]:
    return frozenset(str(item[1]) for item in items)


def _clients(items: Sequence[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    for item in items:
        extra = item[3] if len(item) > 3 else None
        if isinstance(extra, Mapping) and isinstance(extra.get("client_id"), str):
            yield str(item[1]), extra["client_id"]


def outcome_of(entry: Mapping[str, Any], output: str) -> Outcome:
    """An entry of `GET /history/{id}`. Errors and interruptions alike say `error` there; the messages tell."""
    status = entry.get("status") or {}
    messages = {message[0]: message[1] for message in status.get("messages") or ()}
    if "execution_interrupted" in messages:
        return Failed(Cause.INTERRUPTED)
    if "execution_error" in messages:
        return _error(messages["execution_error"])
    if status.get("status_str") == "error":
        return Failed(Cause.EXECUTION)
    for image in ((entry.get("outputs") or {}).get(output) or {}).get("images") or ():
        return Finished(SavedImage(image["filename"], image.get("subfolder", ""), image.get("type", "output")))
    return Failed(Cause.NO_PICTURE, f"node {output} has no output")


def _error(message: Mapping[str, Any]) -> Failed:
    kind, said = str(message.get("exception_type", "")), str(message.get("exception_message", "")).strip()
    text = f"{kind} {said}".lower()
    cause = Cause.MEMORY if any(sign in text for sign in OUT_OF_MEMORY) else Cause.EXECUTION
    return Failed(cause, f"{message.get('node_type')}: {kind}: {said}"[:DETAIL_LENGTH])


def refusal_of(answer: Mapping[str, Any]) -> Failed | None:
    """The answer of `POST /prompt`, with status 200 or 400; none when the whole graph was accepted."""
    nodes: Mapping[str, Any] = answer.get("node_errors") or {}
    error: Mapping[str, Any] = answer.get("error") or {}
    if not nodes and not error:
        return None
    reasons = [reason for node in nodes.values() for reason in node.get("errors") or ()] or [error]
    lacking = all(reason.get("type") in LACKING_TYPES for reason in reasons)
    said = "; ".join(f"{reason.get('type')}: {reason.get('details') or reason.get('message')}" for reason in reasons)
    return Failed(Cause.LACKING if lacking else Cause.INVALID, said[:DETAIL_LENGTH])
