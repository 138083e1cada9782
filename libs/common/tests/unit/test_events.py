"""Stored events: names, versions, upcasts."""

from typing import Any, ClassVar

import pytest

from common.events import Codec, Event, UnknownEvent


class Renamed(Event):
    """Version 3: the name in one field, with a language."""

    name: ClassVar[str] = "Renamed"
    version: ClassVar[int] = 3
    title: str
    language: str


def split_to_title(data: dict[str, Any]) -> dict[str, Any]:
    return {"title": f"{data['first']} {data['last']}"}


def without_language(data: dict[str, Any]) -> dict[str, Any]:
    return {**data, "language": "zh"}


CODEC = Codec(Renamed, upcasts={("Renamed", 1): split_to_title, ("Renamed", 2): without_language})


def test_an_event_comes_back_as_it_was_stored() -> None:
    event = Renamed(title="山水", language="zh")
    stored = CODEC.encode(event)
    assert CODEC.decode(stored["type"], stored["schema"], stored["data"]) == event


def test_an_event_of_the_first_version_is_lifted_through_every_version_since() -> None:
    assert CODEC.decode("Renamed", 1, {"first": "a", "last": "b"}) == Renamed(title="a b", language="zh")


def test_fields_of_a_newer_build_are_ignored() -> None:
    data = {"title": "a", "language": "en", "colour": "red"}
    assert CODEC.decode("Renamed", 3, data) == Renamed(title="a", language="en")


def test_an_unknown_event_is_an_error_and_not_a_gap() -> None:
    with pytest.raises(UnknownEvent):
        CODEC.decode("Vanished", 1, {})


def test_a_version_without_an_upcast_is_an_error() -> None:
    with pytest.raises(UnknownEvent):
        CODEC.decode("Renamed", 0, {})
