"""A task as its events add up, and the names of its pictures."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from pydantic import Field

from common.events import Event, State
from generation.events import (
    GenerationCompleted,
    GenerationFailed,
    GenerationReleased,
    GenerationRequested,
    GenerationRequeued,
    GenerationStarted,
    ImageGenerated,
    Order,
)


class Status(StrEnum):
    """The document's four states of a task."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


class Task(State):
    """What decisions and figures need to know of a task; `order` and `status` are none before the request.

    `tries` are attempts that brought no picture since one did; `released`: the last one has been given back.
    """

    task_id: str = ""
    user_id: int = 0
    order: Order | None = None
    cost: int = 0
    token: str = ""
    remix_of: int | None = None
    status: Status | None = None
    attempt: int = 0
    tries: int = 0
    released: bool = False
    requested_at: datetime | None = None
    started_at: datetime | None = None
    engine: str = ""
    images: dict[int, str] = Field(default_factory=dict)

    @property
    def finished(self) -> bool:
        """Whether the task has ended, well or not."""
        return self.status in (Status.COMPLETED, Status.FAILED)

    @property
    def missing(self) -> list[int]:
        """The indexes of the pictures still to be made."""
        return [n for n in range(self.order.batch_size) if n not in self.images] if self.order else []


def evolve(task: Task, event: Event) -> Task:
    """The task after the event."""
    changes: dict[str, Any] = {}
    match event:
        case GenerationRequested():
            return _requested(event)
        case GenerationStarted():
            changes = {
                "status": Status.PROCESSING,
                "attempt": event.attempt,
                "tries": task.tries + 1,
                "released": False,
            }
            changes["started_at"] = task.started_at or event.started_at
        case GenerationRequeued():
            changes = {"status": Status.PENDING, "tries": 0}
        case GenerationReleased():
            changes = {"tries": max(0, task.tries - 1), "released": True}
        case ImageGenerated():
            changes = {"images": {**task.images, event.index: event.image_id}, "tries": 0, "engine": event.engine}
        case GenerationCompleted():
            changes = {"status": Status.COMPLETED}
        case GenerationFailed():
            changes = {"status": Status.FAILED}
        case _:
            pass
    return task.but(**changes)


def _requested(event: GenerationRequested) -> Task:
    return Task(
        task_id=event.task_id,
        user_id=event.user_id,
        order=event.order,
        cost=event.cost,
        token=event.token,
        remix_of=event.remix_of,
        status=Status.PENDING,
        requested_at=event.requested_at,
    )


def image_id(task_id: str, index: int) -> str:
    """`img_<task>_<n>`: the picture's name is known before it is painted."""
    return f"img_{task_id.removeprefix('task_')}_{index}"


def task_of(image_id: str) -> str:
    """The id of the task that a picture is of; see `image_id`."""
    return f"task_{image_id.removeprefix('img_').rpartition('_')[0]}"
