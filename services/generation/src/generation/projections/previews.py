"""How pictures look while they are painted: transient like `progress`, only the latest of each, gone with the task.

One document a task, so that any replica wakes its watchers by the task's id.
"""

from dataclasses import dataclass
from datetime import datetime

from bson import Binary
from pymongo import ASCENDING, IndexModel

from common.mongo import Database
from generation.projections.progress import FAST

LIFE_SECONDS = 300
LARGEST = 64 * 1024  # bytes


@dataclass(frozen=True)
class Preview:
    """A WebP of picture `index` as it was at `at`."""

    index: int
    at: datetime
    data: bytes


async def prepare(db: Database) -> None:
    """Let previews end whose worker was killed; safe to repeat."""
    await db.previews.create_indexes([IndexModel([("at", ASCENDING)], expireAfterSeconds=LIFE_SECONDS)])


async def show(db: Database, task_id: str, index: int, data: bytes) -> None:
    """Keep a preview instead of the picture's last one; one that is too large is left out."""
    if len(data) > LARGEST:
        return
    place = f"images.{index}"
    change = {"$set": {f"{place}.data": Binary(data)}, "$currentDate": {f"{place}.at": True, "at": True}}
    await db.previews.with_options(write_concern=FAST).update_one({"_id": task_id}, change, upsert=True)


async def drop(db: Database, task_id: str) -> None:
    """Forget those of a task that has ended or that nobody paints any more."""
    await db.previews.with_options(write_concern=FAST).delete_one({"_id": task_id})


async def previews_of(db: Database, task_id: str) -> list[Preview]:
    """The latest of each picture, in the order of the batch."""
    kept = await db.previews.find_one({"_id": task_id}) or {"images": {}}
    images = sorted((int(index), image) for index, image in kept["images"].items())
    return [Preview(index, image["at"], bytes(image["data"])) for index, image in images if "at" in image]
