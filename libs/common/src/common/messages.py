"""Public messages between services: the envelope that travels and the base of every contract."""

from datetime import datetime
from typing import Any, ClassVar, TypeVar

from pydantic import BaseModel, ConfigDict, Field

M = TypeVar("M", bound="Message")


class Message(BaseModel):
    """A public message. Additive only: a field may be added with a default, anything else is a new version.

    Consumers ignore fields that they do not know.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    publisher: ClassVar[str]
    name: ClassVar[str]
    version: ClassVar[int] = 1

    @classmethod
    def routing_key(cls) -> str:
        """`<publisher>.<Name>.v<version>` on the topic exchange `events`."""
        return f"{cls.publisher}.{cls.name}.v{cls.version}"


class Envelope(BaseModel):
    """A message on its way. `id` is the event's id at its publisher: handled twice is handled once.

    `stream` and `number` place it in the publisher's log; order is promised within a stream only.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    id: str
    key: str = Field(description="routing key, for example works.WorkLiked.v1")
    stream: str
    number: int
    at: datetime
    actor: int | None = None
    correlation_id: str
    causation_id: str | None = None
    traceparent: str | None = Field(None, description="W3C trace context of the message, where it is traced")
    data: dict[str, Any]

    def open(self, contract: type[M]) -> M:
        """The message inside; raises pydantic's `ValidationError` when it breaks its contract."""
        return contract.model_validate(self.data)
