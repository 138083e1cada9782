"""What arrives over ComfyUI's WebSocket, as far as it matters here. Pure."""

import json
import struct
from dataclasses import dataclass
from typing import Any

from generation.engines.comfyui.answers import MALFORMED

FEATURES = json.dumps({"type": "feature_flags", "data": {"supports_preview_metadata": True}})

PREVIEW, PREVIEW_WITH_METADATA = 1, 4
JPEG, PNG = 1, 2
MIME = {JPEG: "image/jpeg", PNG: "image/png"}


@dataclass(frozen=True)
class Running:
    """The server works on this job."""

    prompt_id: str


@dataclass(frozen=True)
class Progress:
    """How far the sampler of this job is, from 0 to 1."""

    prompt_id: str
    part: float


@dataclass(frozen=True)
class Over:
    """The job has ended one way or another; its history entry is there."""

    prompt_id: str


@dataclass(frozen=True)
class Preview:
    """A small picture of what is being painted; an older server does not say of which job."""

    prompt_id: str | None
    mime: str
    data: bytes


Heard = Running | Progress | Over | Preview


def heard(message: str | bytes) -> Heard | None:
    """The message's meaning; none for what is unknown, unreadable or about no job."""
    try:
        return _binary(message) if isinstance(message, bytes) else _text(json.loads(message))
    except (*MALFORMED, struct.error):
        return None


def _text(message: dict[str, Any]) -> Heard | None:
    data = message["data"]
    match message["type"]:
        case "executing" if data["node"] is None:
            return Over(str(data["prompt_id"]))
        case "executing" | "execution_start":
            return Running(str(data["prompt_id"]))
        case "progress" if data["max"] > 0:
            return Progress(str(data["prompt_id"]), min(1.0, max(0.0, data["value"] / data["max"])))
        case _:
            return None


def _binary(frame: bytes) -> Preview | None:
    kind, number = struct.unpack_from(">II", frame)
    if kind == PREVIEW and number in MIME:
        return Preview(None, MIME[number], frame[8:])
    if kind == PREVIEW_WITH_METADATA:
        metadata = json.loads(frame[8 : 8 + number])
        return Preview(str(metadata["prompt_id"]), str(metadata["image_type"]), frame[8 + number :])
    return None
