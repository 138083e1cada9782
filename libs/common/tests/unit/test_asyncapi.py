"""The AsyncAPI document: committed as generated, and whole."""

from pathlib import Path
from typing import Any

from common.asyncapi import HEARS, document
from common.contracts import ALL
from common.testing.asyncapi import rendered

COMMITTED = Path(__file__).parents[4] / "docs" / "asyncapi.yaml"


def test_the_committed_file_is_what_the_contracts_say() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == rendered(), "write it: python -m common.testing.asyncapi"


def test_every_reference_leads_somewhere() -> None:
    whole = document()
    for reference in references(whole):
        found: Any = whole
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]
        assert found


def test_every_message_is_told_once_and_nobody_hears_what_is_not_told() -> None:
    told = [name.partition(".tells.")[2] for name in document()["operations"] if ".tells." in name]
    assert told == [message.routing_key() for message in ALL]
    assert {key for keys in HEARS.values() for key in keys} <= set(told)


def references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [reference for part in value for reference in references(part)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
    return own + [reference for part in value.values() for reference in references(part)]
