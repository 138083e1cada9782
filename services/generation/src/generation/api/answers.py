"""Answers about tasks, in the document's shapes: camelCase where a task is made, snake_case where it is looked up."""

import math
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from common.http import Moment
from common.http.pages import Pagination
from common.labelling import srcset
from common.mongo import Document
from generation.api.deps import Deps
from generation.domain.tasks import Status
from generation.projections import progress

SRCSET = "两种尺寸的缩略图（最长边256和768像素），可直接用作 `<img srcset>`；旧图片为 null"


class Camel(BaseModel):
    """An answer whose keys are camelCase."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class PictureConfig(BaseModel):
    """What a picture was made of, in short."""

    prompt: str
    model: str
    size: str


class CreatedPicture(Camel):
    """A picture in the answer of POST /api/generate."""

    id: str
    url: str
    thumbnail: str
    thumbnail_srcset: str | None = Field(None, description=SRCSET)
    seed: int
    config: PictureConfig
    created_at: Moment
    size: str
    format: str = "png"


class TaskConfig(Camel):
    """Everything the task was accepted with; `style` is part of the document and no longer asked for."""

    prompt: str
    negative_prompt: str
    model: str
    style: str | None = None
    size: str
    batch_size: int
    cfg_scale: float
    steps: int
    seed: int
    sampler: str
    clip_skip: int
    user_id: int
    created_at: Moment
    estimated_time: int
    cost: int


class CreatedTask(Camel):
    """The answer of POST /api/generate; times in seconds, `actual_time` once the task is completed.

    `remix_of` is the work whose recipe was submitted again, if it was.
    """

    task_id: str
    status: Status
    images: list[CreatedPicture]
    config: TaskConfig
    cost: int
    estimated_time: int
    actual_time: int | None
    batch_size: int
    error: str | None
    error_code: str | None
    remix_of: int | None = None


class TaskPicture(BaseModel):
    """A picture in a status answer."""

    id: str
    url: str
    thumbnail: str
    thumbnail_srcset: str | None = Field(None, description=SRCSET)
    seed: int
    created_at: Moment


class TaskStatus(BaseModel):
    """The answer of GET /api/generate/{task_id}; `progress` in percent of the whole batch."""

    task_id: str
    status: Status
    progress: int
    images: list[TaskPicture]
    error: str | None
    error_code: str | None
    queue_position: int | None = None
    cost: int
    created_at: Moment


class ListedTask(TaskStatus):
    """A task in the caller's list."""

    prompt: str
    model: str
    size: str
    batch_size: int
    finished_at: Moment | None


class TaskList(BaseModel):
    """The answer of GET /api/generate."""

    tasks: list[ListedTask]
    pagination: Pagination


def created_task(task: Document, deps: Deps) -> CreatedTask:
    """The task as POST /api/generate shows it."""
    order, size, sides = task["order"], _size(task), _sides(task)
    config = TaskConfig(
        **{key: order[key] for key in TaskConfig.model_fields if key in order},
        size=size,
        user_id=task["user_id"],
        created_at=task["requested_at"],
        estimated_time=task["estimated_seconds"],
        cost=task["cost"],
    )
    summary = PictureConfig(prompt=order["prompt"], model=order["model"], size=size)
    return CreatedTask(
        task_id=task["_id"],
        status=task["status"],
        images=[CreatedPicture(**_shown(image, sides, deps), config=summary, size=size) for image in _in_order(task)],
        config=config,
        cost=task["cost"],
        estimated_time=task["estimated_seconds"],
        actual_time=None if task["seconds"] is None else math.ceil(task["seconds"]),
        batch_size=order["batch_size"],
        error=task["error"],
        error_code=task["error_code"],
        remix_of=task.get("remix_of"),
    )


async def task_status(task: Document, deps: Deps) -> TaskStatus:
    """The task as GET /api/generate/{task_id} shows it, with its place in the queue while it waits."""
    noted = await progress.percents(deps.db, [task["_id"]])
    status = TaskStatus(**_status(task, noted.get(task["_id"], 0), deps))
    if status.status is Status.PENDING:
        status.queue_position = await deps.places.of(task)
    return status


async def task_list(tasks: Sequence[Document], pagination: Pagination, deps: Deps) -> TaskList:
    """A page of the caller's tasks; the place in the queue is for the single task's answer."""
    noted = await progress.percents(deps.db, [task["_id"] for task in tasks])
    listed = [
        ListedTask(
            **_status(task, noted.get(task["_id"], 0), deps),
            prompt=task["order"]["prompt"],
            model=task["order"]["model"],
            size=_size(task),
            batch_size=task["order"]["batch_size"],
            finished_at=task["finished_at"],
        )
        for task in tasks
    ]
    return TaskList(tasks=listed, pagination=pagination)


def _status(task: Document, noted: int, deps: Deps) -> Document:
    sides = _sides(task)
    return {
        "task_id": task["_id"],
        "status": task["status"],
        "progress": _percent(task, noted),
        "images": [TaskPicture(**_shown(image, sides, deps)) for image in _in_order(task)],
        "error": task["error"],
        "error_code": task["error_code"],
        "cost": task["cost"],
        "created_at": task["requested_at"],
    }


def _percent(task: Document, noted: int) -> int:
    """100 only for a completed task; a failed one shows the pictures that it has."""
    if task["status"] == Status.COMPLETED:
        return 100
    delivered = 100 * len(task["images"]) // int(task["order"]["batch_size"])
    return min(99, max(delivered, noted if task["status"] == Status.PROCESSING else 0))


def _shown(image: Document, size: tuple[int, int], deps: Deps) -> Document:
    """With addresses of the labelled files; pictures from before those have an original and one thumbnail."""
    thumbnail, preview = deps.address(image["thumbnail_key"]), image.get("preview_key")
    return {
        "id": image["id"],
        "url": deps.address(image.get("labelled_key") or image["image_key"]),
        "thumbnail": thumbnail,
        "thumbnail_srcset": srcset(size, thumbnail, deps.address(preview)) if preview else None,
        "seed": image["seed"],
        "created_at": image["created_at"],
    }


def _in_order(task: Document) -> list[Document]:
    return sorted(task["images"], key=lambda image: int(image["index"]))


def _sides(task: Document) -> tuple[int, int]:
    return task["order"]["width"], task["order"]["height"]


def _size(task: Document) -> str:
    return "{}x{}".format(*_sides(task))
