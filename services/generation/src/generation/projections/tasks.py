"""`tasks`: one document a task with its pictures, for its owner, the queue and the estimates."""

from collections.abc import Iterable
from typing import Any

from pymongo import ASCENDING, DESCENDING, IndexModel

from common.events import Event, Recorded
from common.http import Page
from common.http.pages import PageQuery, paginate
from common.mongo import Database, Document
from common.projections import View
from generation.domain.tasks import Status
from generation.events import (
    GenerationCompleted,
    GenerationFailed,
    GenerationRequested,
    GenerationRequeued,
    GenerationStarted,
    ImageGenerated,
)

INDEXES = [
    IndexModel([("user_id", ASCENDING), ("requested_at", DESCENDING), ("_id", DESCENDING)]),
    IndexModel([("user_id", ASCENDING), ("started_at", DESCENDING)]),
    IndexModel([("status", ASCENDING), ("user_id", ASCENDING), ("requested_at", ASCENDING)]),
    IndexModel([("status", ASCENDING), ("order.model", ASCENDING), ("finished_at", DESCENDING)]),
    IndexModel([("status", ASCENDING), ("finished_at", DESCENDING)]),
]


def fold(task: Document | None, recorded: Recorded) -> Document | None:
    """The task's document after the event."""
    event = recorded.event
    if isinstance(event, GenerationRequested):
        return _requested(event, recorded)
    return {**task, **_changes(task, event)} if task is not None else None


def _changes(task: Document, event: Event) -> Document:
    match event:
        case GenerationStarted():
            started = task["started_at"] or event.started_at
            return {"status": Status.PROCESSING.value, "attempt": event.attempt, "started_at": started}
        case GenerationRequeued():
            return {"status": Status.PENDING.value}
        case ImageGenerated():
            return {"images": [*task["images"], _image(event)]}
        case GenerationCompleted():
            return {"status": Status.COMPLETED.value, "finished_at": event.completed_at, "seconds": event.seconds}
        case GenerationFailed():
            reason = {"error": event.reason, "error_code": event.code}
            return {"status": Status.FAILED.value, "finished_at": event.failed_at, **reason}
        case _:
            return {}


def _requested(event: GenerationRequested, recorded: Recorded) -> Document:
    return {
        "_id": event.task_id,
        "user_id": event.user_id,
        "status": Status.PENDING.value,
        "order": event.order.model_dump(),
        "remix_of": event.remix_of,
        "cost": event.cost,
        "estimated_seconds": event.estimated_seconds,
        "attempt": 0,
        "requested_at": event.requested_at,
        "started_at": None,
        "finished_at": None,
        "seconds": None,
        "images": [],
        "error": None,
        "error_code": None,
        "correlation_id": recorded.correlation_id,
        "traceparent": recorded.traceparent,
    }


def _image(event: ImageGenerated) -> Document:
    return {
        "id": event.image_id,
        "index": event.index,
        "seed": event.seed,
        "image_key": event.image_key,
        "thumbnail_key": event.thumbnail_key,
        "labelled_key": event.labelled_key,
        "preview_key": event.preview_key,
        "created_at": event.generated_at,
    }


TASKS = View("tasks", "task", fold, indexes=INDEXES)


async def task_of(db: Database, task_id: str, user_id: int) -> Document | None:
    """The user's task; none when there is no such task or it is another's."""
    return await db.tasks.find_one({"_id": task_id, "user_id": user_id})


async def tasks_of(db: Database, user_id: int, status: str | None, paging: PageQuery) -> Page:
    """The user's tasks, newest first."""
    match: dict[str, Any] = {"user_id": user_id} | ({"status": status} if status else {})
    return await paginate(db, "tasks", match, [("requested_at", DESCENDING), ("_id", DESCENDING)], paging)


async def still_running(db: Database, task_id: str, attempt: int) -> bool:
    """Whether the task is being processed under this attempt: not cancelled, not taken over."""
    match = {"_id": task_id, "status": Status.PROCESSING.value, "attempt": attempt}
    return await db.tasks.find_one(match, {"_id": 1}) is not None


async def ended(db: Database, task_ids: Iterable[str]) -> set[str]:
    """Which of these tasks have ended, well or not; not those that this database does not know."""
    match = {"_id": {"$in": list(task_ids)}, "finished_at": {"$ne": None}}
    return {task["_id"] async for task in db.tasks.find(match, {"_id": 1})}


async def shows(db: Database, task_id: str, image_key: str) -> bool:
    """Whether the file is one of the task's pictures."""
    return await db.tasks.find_one({"_id": task_id, "images.image_key": image_key}, {"_id": 1}) is not None


async def finished(db: Database, task_id: str) -> bool:
    """Whether the task has ended, well or not."""
    return await db.tasks.find_one({"_id": task_id, "finished_at": {"$ne": None}}, {"_id": 1}) is not None
