"""What pictures took of late, from the completed tasks."""

from typing import Any

from pymongo import DESCENDING

from common.mongo import Database, Document
from generation.domain.estimates import Kind, Sample
from generation.domain.tasks import Status

LATEST = 100  # tasks of a model

WANTED = {"_id": 0, "seconds": 1, "order.batch_size": 1, **{f"order.{name}": 1 for name in Kind.__dataclass_fields__}}


async def samples(db: Database, model: str) -> list[Sample]:
    """The latest tasks of the model; of any model when there is none of this one. The latest first."""
    return await _latest(db, {"order.model": model}) or await _latest(db, {})


async def _latest(db: Database, match: dict[str, Any]) -> list[Sample]:
    found = db.tasks.find({"status": Status.COMPLETED.value, **match}, WANTED).sort("finished_at", DESCENDING)
    return [_sample(task) async for task in found.limit(LATEST)]


def _sample(task: Document) -> Sample:
    order = task["order"]
    kind = Kind(order["model"], order["width"], order["height"], order["steps"])
    return Sample(kind, task["seconds"] / order["batch_size"])
