"""Stored events: explicit names and versions, and the upcasts that keep old ones loading."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict

Data = dict[str, Any]
Upcast = Callable[[Data], Data]


class Event(BaseModel):
    """What happened: past tense, frozen, private to its service.

    `version` is the schema of the fields; a stored event is never edited, a new shape is a new version
    with an upcast from the one before. Unknown fields are ignored, so that an older build reads newer events.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    name: ClassVar[str]
    version: ClassVar[int] = 1


@dataclass(frozen=True)
class Recorded:
    """An event as it stands in the log.

    `number` counts the stream's events from 1. `position` orders the whole log: microseconds since 1970, moved up
    where needed so that it always grows within a stream. `at` is UTC.
    """

    id: str
    stream: str
    number: int
    position: int
    event: Event
    at: datetime
    actor: int | None
    correlation_id: str
    causation_id: str | None
    traceparent: str | None = None  # W3C; where the appending was part of a trace that is kept

    @property
    def key(self) -> str:
        """The part of the stream's name after its category: `7` of `work-7`."""
        return self.stream.partition("-")[2]


class Codec:
    """Turns a service's events into documents and back, upcasting old versions on the way in."""

    def __init__(self, *events: type[Event], upcasts: Mapping[tuple[str, int], Upcast] | None = None) -> None:
        self._types = {event.name: event for event in events}
        self._upcasts = dict(upcasts or {})
        if len(self._types) != len(events):
            raise ValueError("two event types bear the same name")

    @property
    def types(self) -> Sequence[type[Event]]:
        """Every event type of the service, in the order declared."""
        return tuple(self._types.values())

    def encode(self, event: Event) -> Data:
        """The stored form: `{"type", "schema", "data"}`."""
        if self._types.get(event.name) is not type(event):
            raise ValueError(f"{event.name} is not registered with this codec")
        return {"type": event.name, "schema": event.version, "data": event.model_dump(mode="python")}

    def decode(self, name: str, schema: int, data: Data) -> Event:
        """The event that a stored form means today.

        Raises:
            UnknownEvent: no type of that name, or no upcast from that version.
        """
        event_type = self._types.get(name)
        if event_type is None:
            raise UnknownEvent(f"no event type is named {name!r}")
        while schema < event_type.version:
            upcast = self._upcasts.get((name, schema))
            if upcast is None:
                raise UnknownEvent(f"no upcast of {name} from version {schema}")
            data, schema = upcast(data), schema + 1
        return event_type.model_validate(data)


class UnknownEvent(Exception):
    """The log holds an event that this build cannot read; nothing may be decided without it."""


class State(BaseModel):
    """What a stream's events add up to, for decisions only. Frozen: `evolve` returns a new one."""

    model_config = ConfigDict(frozen=True)

    def but(self, **changes: Any) -> Self:
        """This state with some fields changed."""
        return self.model_copy(update=changes)
