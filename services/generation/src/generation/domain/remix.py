"""Submitting a work's recipe again: what of its task's order made the one picture."""

from common.errors import NotFound
from generation.domain.tasks import Task
from generation.events import Order


class WorkNotFound(NotFound):
    """No such work, or another's private one: the two look the same."""

    message = "作品不存在"


def recipe_of(task: Task, image_id: str) -> Order:
    """The order that makes this one picture of the task again; raises `WorkNotFound` where the task has none such."""
    for index, known in task.images.items():
        if known == image_id and task.order is not None:
            return task.order.model_copy(update={"batch_size": 1, "seed": task.order.seed + index})
    raise WorkNotFound
