"""Old and new versions of services side by side: each reads what the other tells."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from pydantic import ValidationError

from common.contracts import ALL
from common.messages import Message
from common.testing.stored import holds

CONTRACTS = Path(__file__).parents[1] / "contracts"
RELEASES = {file.stem: json.loads(file.read_text()) for file in sorted((CONTRACTS / "released").glob("*.json"))}
TODAY = {message.routing_key(): message for message in ALL}
TOLD = [(release, key) for release, told in RELEASES.items() for key in told]


def newest(key: str) -> dict[str, Any]:
    """What today's publisher sends: the sample of its message."""
    sample = json.loads((CONTRACTS / "samples" / f"{key}.json").read_text())
    return TODAY[key].model_validate(sample).model_dump(mode="json")


def bare(message: type[Message], sample: dict[str, Any]) -> dict[str, Any]:
    """The message with nothing but what it must have."""
    return {name: sample[name] for name, field in message.model_fields.items() if field.is_required()}


def accepts(schema: dict[str, Any], data: dict[str, Any]) -> bool:
    return bool(jsonschema.Draft202012Validator(schema).is_valid(data))


@pytest.mark.parametrize(("release", "key"), TOLD)
def test_todays_consumer_reads_what_a_release_tells(release: str, key: str) -> None:
    assert key in TODAY, f"{release} publishes {key}: queues and logs hold it"
    read = TODAY[key].model_validate(RELEASES[release][key]["sample"]).model_dump(mode="json")
    assert holds(read, RELEASES[release][key]["sample"])


@pytest.mark.parametrize(("release", "key"), TOLD)
def test_a_releases_consumer_reads_what_is_told_today(release: str, key: str) -> None:
    schema, today = RELEASES[release][key]["schema"], newest(key)
    assert accepts(schema, today)
    assert accepts(schema, TODAY[key].model_validate(bare(TODAY[key], today)).model_dump(mode="json"))


def test_what_would_break_either_side_is_found() -> None:
    class Counted(Message):
        publisher = name = "test"
        count: int

    class Demanding(Counted):
        unit: str

    class Retyped(Message):
        publisher = name = "test"
        count: str

    old = {"count": 3}
    with pytest.raises(ValidationError):
        Demanding.model_validate(old)
    assert not accepts(Counted.model_json_schema(), Retyped(count="three").model_dump(mode="json"))
    assert accepts(Counted.model_json_schema(), Demanding(count=3, unit="l").model_dump(mode="json"))
