"""A task from request to end."""

from generation.domain.tasks.decisions import (
    CANCELLED,
    GENERATION_FAILED,
    MAX_TRIES,
    TakenByAnother,
    TaskFinished,
    TaskNotFound,
    cancel,
    complete,
    fail,
    record_image,
    release,
    request,
    requeue,
    start,
)
from generation.domain.tasks.state import Status, Task, evolve, image_id, task_of

__all__ = [
    "CANCELLED",
    "GENERATION_FAILED",
    "MAX_TRIES",
    "Status",
    "TakenByAnother",
    "Task",
    "TaskFinished",
    "TaskNotFound",
    "cancel",
    "complete",
    "evolve",
    "fail",
    "image_id",
    "record_image",
    "release",
    "request",
    "requeue",
    "start",
    "task_of",
]
