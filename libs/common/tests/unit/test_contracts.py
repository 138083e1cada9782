"""Public messages: each has a sample that today's model still reads, and a released schema that it still honours."""

import json
from pathlib import Path
from typing import Any

import pytest

from common.contracts import ALL
from common.messages import Message

CONTRACTS = Path(__file__).parents[1] / "contracts"
HOW = "write the schema of the new message with: python -m common.testing.contracts"


def stored(kind: str, message: type[Message]) -> dict[str, Any]:
    path = CONTRACTS / kind / f"{message.routing_key()}.json"
    assert path.exists(), f"{message.routing_key()} has no file in {kind}; {HOW}"
    return json.loads(path.read_text())  # type: ignore[no-any-return]


@pytest.mark.parametrize("message", ALL, ids=lambda m: m.routing_key())
def test_a_sample_is_read_and_written_back_unchanged(message: type[Message]) -> None:
    sample = stored("samples", message)
    assert message.model_validate(sample).model_dump(mode="json") == sample


@pytest.mark.parametrize("message", ALL, ids=lambda m: m.routing_key())
def test_fields_of_a_newer_publisher_are_ignored(message: type[Message]) -> None:
    message.model_validate({**stored("samples", message), "added_later": {"any": "thing"}})


@pytest.mark.parametrize("message", ALL, ids=lambda m: m.routing_key())
def test_a_released_message_only_grows(message: type[Message]) -> None:
    released, today = stored("schemas", message), message.model_json_schema()
    assert breaches(released, today) == []
    assert released == json.loads(json.dumps(today)), f"the message has grown: {HOW}"


def test_what_would_break_a_consumer_is_found() -> None:
    released = {"properties": {"a": {"type": "integer"}, "b": {"type": "string"}}, "required": ["a"]}
    lost = {"properties": {"a": {"type": "integer"}}, "required": ["a"]}
    retyped = {"properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "required": ["a"]}
    demanding = {**released, "properties": {**released["properties"], "c": {}}, "required": ["a", "c"]}
    grown = {**released, "properties": {**released["properties"], "c": {"default": 1}}}
    assert breaches(released, lost) == ["b is gone"]
    assert breaches(released, retyped) == ["a has changed"]
    assert breaches(released, demanding) == ["c is required without having been so"]
    assert breaches(released, grown) == []


def breaches(released: dict[str, Any], today: dict[str, Any]) -> list[str]:
    """What an old message or an old consumer could not bear."""
    before, after = released["properties"], today["properties"]
    gone = [f"{name} is gone" for name in before if name not in after]
    changed = [f"{name} has changed" for name in before if name in after and before[name] != after[name]]
    for name, definition in released.get("$defs", {}).items():
        changed += [f"{name}: {b}" for b in breaches(definition, today.get("$defs", {}).get(name, {"properties": {}}))]
    new = set(today.get("required", [])) - set(released.get("required", []))
    return gone + changed + [f"{name} is required without having been so" for name in sorted(new)]
