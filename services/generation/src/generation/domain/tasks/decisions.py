"""Decisions on a task. `attempt` fences: what an overtaken worker still reports is refused."""

from datetime import datetime

from common.errors import Conflict, NotFound
from common.events import Event
from generation.commands import (
    CancelGeneration,
    CompleteGeneration,
    FailGeneration,
    RecordImage,
    ReleaseGeneration,
    RequestGeneration,
    RequeueGeneration,
    StartGeneration,
)
from generation.domain.tasks.state import Status, Task, image_id
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

MAX_TRIES = 3  # attempts in a row that brought no picture
CANCELLED = "CANCELLED"
GENERATION_FAILED = "GENERATION_FAILED"


class TaskNotFound(NotFound):
    """No such task, or another user's."""

    message = "任务不存在"


class TaskFinished(Conflict):
    """The task has ended; nothing can be added to it."""

    message = "任务已结束"


class TakenByAnother(Conflict):
    """Another worker has the task."""

    message = "任务已由其他进程接手"


def request(task: Task, command: RequestGeneration) -> list[Event]:
    """Accept a new task; a repeat changes nothing."""
    if task.status is not None:
        return []
    return [
        GenerationRequested(
            task_id=command.task_id,
            user_id=command.user_id,
            order=command.order,
            cost=command.cost,
            estimated_seconds=command.estimated_seconds,
            token=command.token,
            requested_at=command.now,
            remix_of=command.remix_of,
        )
    ]


def start(task: Task, command: StartGeneration) -> list[Event]:
    """Begin an attempt, or give the task up when its tries are used."""
    _still_open(task)
    if command.attempt != task.attempt + 1:
        raise TakenByAnother
    if task.tries >= MAX_TRIES:
        return [_failed(task, GENERATION_FAILED, "图片生成失败，预留的积分已退还，请稍后重试", command.now)]
    return [
        GenerationStarted(task_id=task.task_id, user_id=task.user_id, attempt=command.attempt, started_at=command.now)
    ]


def record_image(task: Task, command: RecordImage) -> list[Event]:
    """Add a picture; one already there changes nothing."""
    order = _still_mine(task, command.attempt)
    if command.index not in task.missing:
        return []
    return [
        ImageGenerated(
            image_id=image_id(task.task_id, command.index),
            task_id=task.task_id,
            user_id=task.user_id,
            index=command.index,
            seed=order.seed + command.index,
            order=order,
            engine=command.engine,
            engine_version=command.engine_version,
            image_key=command.image_key,
            thumbnail_key=command.thumbnail_key,
            sha256=command.sha256,
            generated_at=command.now,
            pixels_sha256=command.pixels_sha256,
            workflow_sha256=command.workflow_sha256,
            remix_of=task.remix_of,
            labelled_key=command.labelled_key,
            preview_key=command.preview_key,
        )
    ]


def complete(task: Task, command: CompleteGeneration) -> list[Event]:
    """Finish the task; all of its pictures must be there."""
    _still_mine(task, command.attempt)
    if task.missing:
        raise Conflict(f"还有 {len(task.missing)} 张图片未完成")
    started = task.started_at or command.now
    return [
        GenerationCompleted(
            task_id=task.task_id,
            user_id=task.user_id,
            image_ids=[task.images[n] for n in sorted(task.images)],
            seconds=max(0.0, (command.now - started).total_seconds()),
            completed_at=command.now,
        )
    ]


def fail(task: Task, command: FailGeneration) -> list[Event]:
    """Give the task up for a reason that would be the same in every attempt."""
    _still_mine(task, command.attempt)
    return [_failed(task, GENERATION_FAILED, command.reason, command.now)]


def requeue(task: Task, command: RequeueGeneration) -> list[Event]:
    """Put a running task back into the queue with new tries; one that waits stays as it is."""
    _still_open(task)
    if task.status is Status.PENDING:
        return []
    return [
        GenerationRequeued(task_id=task.task_id, user_id=task.user_id, attempt=task.attempt, requeued_at=command.now)
    ]


def release(task: Task, command: ReleaseGeneration) -> list[Event]:
    """Give the try of a stopped worker back, once; nothing where the task is not this attempt's, or had a picture."""
    mine = task.status is Status.PROCESSING and task.attempt == command.attempt
    if not mine or task.released or not task.tries:
        return []
    return [
        GenerationReleased(task_id=task.task_id, user_id=task.user_id, attempt=task.attempt, released_at=command.now)
    ]


def cancel(task: Task, command: CancelGeneration) -> list[Event]:
    """Stop the task; one that has failed or was cancelled stays as it is, a completed one cannot be."""
    by_owner = command.user_id is not None
    if task.status is None or (by_owner and task.user_id != command.user_id):
        raise TaskNotFound
    if task.status is Status.COMPLETED:
        raise TaskFinished("任务已完成，无法取消")
    if task.finished:
        return []
    return [_failed(task, CANCELLED, "任务已取消" if by_owner else "任务已由管理员取消", command.now)]


def _failed(task: Task, code: str, reason: str, now: datetime) -> GenerationFailed:
    return GenerationFailed(task_id=task.task_id, user_id=task.user_id, code=code, reason=reason, failed_at=now)


def _still_open(task: Task) -> Order:
    if task.order is None:
        raise TaskNotFound
    if task.finished:
        raise TaskFinished
    return task.order


def _still_mine(task: Task, attempt: int) -> Order:
    order = _still_open(task)
    if task.status is not Status.PROCESSING or attempt != task.attempt:
        raise TakenByAnother
    return order
