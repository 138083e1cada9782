"""What was committed becomes metrics: once in the process that committed it, never in one whose transaction failed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

from common.events import Event, State
from generation import metrics
from generation.domain.tasks import CANCELLED, Task
from generation.events import (
    CreditsCharged,
    CreditsRefunded,
    CreditsReserved,
    GenerationCompleted,
    GenerationFailed,
    GenerationStarted,
)

S = TypeVar("S", bound=State)

ENTRIES = {CreditsReserved: "reserved", CreditsCharged: "charged", CreditsRefunded: "refunded"}


class Noted(Generic[S]):
    """A decision that keeps what it decided last: after the commit, the events that were appended."""

    def __init__(self, decide: Callable[[S], Sequence[Event]]) -> None:
        self.events: Sequence[Event] = ()
        self._decide = decide

    def __call__(self, state: S) -> Sequence[Event]:
        """The decision."""
        self.events = self._decide(state)
        return self.events


def count(events: Iterable[Event], task: Task | None = None) -> None:
    """Count these events; `task` is the one they happened to, as it is after them."""
    for event in events:
        match event:
            case CreditsReserved() | CreditsCharged() | CreditsRefunded():
                metrics.CREDITS.labels(ENTRIES[type(event)]).inc(event.amount)
            case GenerationStarted() if event.attempt == 1 and task is not None and task.requested_at is not None:
                metrics.WAIT_SECONDS.observe(max(0.0, (event.started_at - task.requested_at).total_seconds()))
            case GenerationCompleted() if task is not None and task.order is not None:
                model = metrics.model_label(task.order.model)
                metrics.RUN_SECONDS.labels(task.engine, model).observe(event.seconds)
                metrics.TASKS_ENDED.labels("completed").inc()
            case GenerationFailed():
                metrics.TASKS_ENDED.labels("cancelled" if event.code == CANCELLED else "failed").inc()
            case _:
                pass
