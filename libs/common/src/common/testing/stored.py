"""An old and a new version of a service on one log: each reads what the other has stored."""

import json
from pathlib import Path
from typing import Any

from common.events import Codec


def unreadable(codec: Codec, folder: Path) -> list[str]:
    """What stands between today's codec and the events that releases have stored (`<folder>/<release>.json`).

    Every one must decode. And where the version of its kind is the same, today's form must keep each field, with a
    value of the same kind, so that a replica of the old release can read what a new one appends.
    """
    files = sorted(folder.glob("*.json"))
    if not files:
        raise FileNotFoundError(f"no release has stored events in {folder}")
    return [said for file in files for event in json.loads(file.read_text()) for said in _unreadable(codec, event)]


def _unreadable(codec: Codec, stored: dict[str, Any]) -> list[str]:
    name, version, data = stored["type"], stored["schema"], stored["data"]
    event = codec.decode(name, version, data)
    if event.version != version:
        return []
    today = event.model_dump(mode="json")
    lost = [f"{name}: an old replica would miss {field}" for field in data if field not in today]
    return lost + [f"{name}: {key} has changed" for key in data.keys() & today.keys() if data[key] != today[key]]
