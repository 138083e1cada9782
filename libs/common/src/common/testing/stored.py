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
    return [] if holds(today, data) else [f"{name}: an old replica could not read {today}"]


def holds(today: Any, old: Any) -> bool:
    """Whether every value of `old` is in `today`, at any depth; what has been added since does not matter."""
    if isinstance(old, dict) and isinstance(today, dict):
        return all(name in today and holds(today[name], value) for name, value in old.items())
    if isinstance(old, list) and isinstance(today, list):
        return len(old) == len(today) and all(map(holds, today, old))
    return bool(today == old)
