"""What operators do to one task."""

import argparse
from datetime import UTC, datetime

from common.errors import Conflict
from common.operations import Operations
from generation import handlers
from generation.commands import CancelGeneration, RequeueGeneration
from generation.domain.pricing import charge_for
from generation.domain.tasks import Status, Task
from generation.handlers import Aggregates
from generation.jobs.shown import acting, with_actor
from generation.projections import queue


def arguments(parser: argparse.ArgumentParser) -> None:
    """The task's id, and who acts."""
    parser.add_argument("task_id", metavar="TASK", help="the task's id, task_…")
    with_actor(parser)


async def requeue(service: Operations, asked: argparse.Namespace) -> str:
    """Put a running task back; its worker is refused from now on, and the next free one takes it at once."""
    aggregates, task = await _found(service, asked.task_id)
    if task.status is Status.PENDING:
        return f"{asked.task_id} waits already; nothing was changed."
    with acting(asked):
        try:
            await handlers.requeue_generation(RequeueGeneration(asked.task_id, datetime.now(UTC)), aggregates)
        except Conflict:
            raise _ended(await aggregates.tasks.load(asked.task_id)) from None
    await queue.release(service.store.db, asked.task_id)
    return f"{asked.task_id} is back in the queue; what its attempt {task.attempt} still reports is refused."


async def cancel(service: Operations, asked: argparse.Namespace) -> str:
    """Stop a task and settle its credits."""
    aggregates, before = await _found(service, asked.task_id)
    if before.status is Status.FAILED:
        return f"{asked.task_id} had failed or was cancelled before; nothing was changed."
    with acting(asked):
        try:
            task = await handlers.cancel_generation(
                CancelGeneration(asked.task_id, None, datetime.now(UTC)), aggregates
            )
        except Conflict:
            raise _ended(await aggregates.tasks.load(asked.task_id)) from None
    return f"{asked.task_id} of user {task.user_id} was cancelled: {_settled(task)}."


def _settled(task: Task) -> str:
    batch = task.order.batch_size if task.order is not None else 0
    charged = charge_for(task.cost, batch, len(task.images))
    return f"{len(task.images)} of {batch} pictures made, {charged} credits charged, {task.cost - charged} refunded"


async def _found(service: Operations, task_id: str) -> tuple[Aggregates, Task]:
    aggregates = Aggregates.of(service.store, signup_credits=0)
    task = await aggregates.tasks.load(task_id)
    if task.status is None:
        raise SystemExit(f"There is no task {task_id}.")
    if task.status is Status.COMPLETED:
        raise _ended(task)
    return aggregates, task


def _ended(task: Task) -> SystemExit:
    return SystemExit(f"{task.task_id} has {task.status}; nothing was changed.")
