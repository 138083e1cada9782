"""Who asked, and in which conversation: carried from request to event to message to the next service's log."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from uuid import uuid4


@dataclass(frozen=True)
class Context:
    """The correlation of one request or message.

    `correlation_id` stays the same over every hop, `causation_id` is the id of the message being
    handled (none for a request), `actor` the id of the user who asked (none before login).
    """

    correlation_id: str
    causation_id: str | None = None
    actor: int | None = None


_current: ContextVar[Context | None] = ContextVar("context", default=None)


def new_id() -> str:
    """A fresh random id of 32 hexadecimal digits."""
    return uuid4().hex


def peek() -> Context | None:
    """The context of this task, if it has one."""
    return _current.get()


def current() -> Context:
    """The context of this task; work that nobody asked for starts a conversation of its own."""
    return peek() or Context(correlation_id=new_id())


@contextmanager
def bound(context: Context) -> Iterator[Context]:
    """Make `context` the current one inside the block."""
    token = _current.set(context)
    try:
        yield context
    finally:
        _current.reset(token)


def act_as(user_id: int) -> None:
    """Note who is asking, once a token was verified; lasts to the end of this request."""
    _current.set(replace(current(), actor=user_id))
