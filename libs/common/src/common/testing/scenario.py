"""Given events, when a decision is asked for, then these events or this refusal."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from common.errors import AppError
from common.events import Event

S = TypeVar("S")


@dataclass(frozen=True)
class Scenario(Generic[S]):
    """Runs pure decisions over a state folded from events.

    Example:
        works = Scenario(Work(), evolve)
        works.given(created).when(lambda work: publish(work, command)).then(WorkPublished(...))
    """

    initial: S
    evolve: Callable[[S, Event], S]

    def given(self, *events: Event) -> "Given[S]":
        """The stream so far."""
        state = self.initial
        for event in events:
            state = self.evolve(state, event)
        return Given(state)


@dataclass(frozen=True)
class Given(Generic[S]):
    """A folded state, ready for a decision."""

    state: S

    def when(self, decide: Callable[[S], Sequence[Event]]) -> "Outcome":
        """Ask for the decision."""
        try:
            return Outcome(tuple(decide(self.state)), None)
        except AppError as error:
            return Outcome((), error)


@dataclass(frozen=True)
class Outcome:
    """What a decision said."""

    events: tuple[Event, ...]
    error: AppError | None

    def then(self, *expected: Event) -> None:
        """Exactly these events, in this order; none at all for "nothing happens"."""
        assert self.error is None, f"refused: {self.error!r}"
        assert self.events == expected

    def raises(self, kind: type[AppError]) -> None:
        """Refused for this reason, without an event."""
        assert isinstance(self.error, kind), f"expected {kind.__name__}, got {self.error!r} and {self.events}"
