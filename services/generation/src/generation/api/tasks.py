"""POST, GET and DELETE /api/generate."""

import secrets
import time
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from common.context import new_id
from common.http import Paging, Reply, refusals
from common.idempotency import IdempotencyKey, KeyReused, repeatable
from common.moderation import ContentViolation
from common.mongo import Document
from common.security import CurrentUser
from generation import handlers
from generation.api import examples
from generation.api.answers import CreatedTask, TaskList, TaskStatus, created_task, task_list, task_status
from generation.api.deps import Deps
from generation.api.headers import WaitSeconds
from generation.api.orders import CODES, GenerateBody, estimated_seconds, kind_of, order_of
from generation.commands import CancelGeneration, RequestGeneration
from generation.domain import pricing
from generation.domain.ledger import InsufficientCredits, TooManyTasks
from generation.domain.tasks import Status, TaskFinished, TaskNotFound
from generation.events import Order
from generation.projections import tasks

POLL_SECONDS = {Status.PENDING: 2, Status.PROCESSING: 1}
SAID = {
    Status.PENDING: "生成任务已提交",
    Status.PROCESSING: "图片生成中",
    Status.COMPLETED: "图片生成成功",
    Status.FAILED: "图片生成失败",
}


def routes(deps: Deps) -> APIRouter:
    """Everything about tasks."""
    router = APIRouter(tags=["AIGC创作"])

    @router.post(
        "/api/generate",
        status_code=201,
        summary="创建生成任务",
        openapi_extra=CODES | examples.GENERATE,
        responses=refusals(InsufficientCredits, TooManyTasks, ContentViolation, KeyReused),
    )
    async def generate(
        body: GenerateBody, user: CurrentUser, key: IdempotencyKey, wait: WaitSeconds, response: Response
    ) -> Reply[CreatedTask]:
        command = await command_for(await order_of(body, deps), user.user_id, deps)
        repeat = repeatable(user.user_id, "generate", key, body.model_dump_json())
        task_id = await handlers.request_generation(command, deps.aggregates, repeat)
        return await accepted(task_id, user.user_id, wait, response, deps)

    @router.get("/api/generate", summary="查询我的生成任务列表", openapi_extra=examples.TASKS)
    async def list_tasks(
        user: CurrentUser, paging: Paging, status: Annotated[Status | None, Query(description="按状态筛选")] = None
    ) -> Reply[TaskList]:
        page = await tasks.tasks_of(deps.db, user.user_id, status.value if status else None, paging)
        return Reply(data=await task_list(page.items, page.pagination, deps))

    @router.get("/api/generate/{task_id}", summary="查询生成任务状态", openapi_extra=examples.TASK)
    async def get_task(task_id: str, user: CurrentUser, response: Response) -> Reply[TaskStatus]:
        status = await task_status(await _task(task_id, user.user_id, deps), deps)
        if status.status in POLL_SECONDS:
            response.headers["Retry-After"] = str(POLL_SECONDS[status.status])
        return Reply(data=status)

    @router.delete(
        "/api/generate/{task_id}",
        summary="取消生成任务并退还积分",
        openapi_extra=examples.CANCEL,
        responses=refusals(TaskFinished),
    )
    async def cancel(task_id: str, user: CurrentUser) -> Reply[TaskStatus]:
        command = CancelGeneration(task_id, user.user_id, datetime.now(UTC))
        await handlers.cancel_generation(command, deps.aggregates)
        return Reply(data=await task_status(await _task(task_id, user.user_id, deps), deps), message="任务已取消")

    return router


async def command_for(order: Order, user_id: int, deps: Deps, remix_of: int | None = None) -> RequestGeneration:
    """A new task of this user, at today's price; `remix_of` is the work whose recipe the order is."""
    return RequestGeneration(
        task_id=f"task_{new_id()}",
        user_id=user_id,
        order=order,
        cost=pricing.price(order.model, order.width, order.height, order.batch_size, order.steps),
        estimated_seconds=await estimated_seconds(kind_of(order), order.batch_size, deps),
        token=secrets.token_hex(16),
        now=datetime.now(UTC),
        remix_of=remix_of,
    )


async def accepted(task_id: str, user_id: int, wait: int, response: Response, deps: Deps) -> Reply[CreatedTask]:
    """The answer about a task that was just accepted: at once, or after up to `wait` seconds when it has ended."""
    task = await (_finished(task_id, user_id, wait, deps) if wait else _task(task_id, user_id, deps))
    response.headers["Location"] = f"/api/generate/{task_id}"
    if wait:
        response.headers["Preference-Applied"] = f"wait={wait}"
    return Reply(data=created_task(task, deps), message=SAID[Status(task["status"])])


async def _task(task_id: str, user_id: int, deps: Deps) -> Document:
    task = await tasks.task_of(deps.db, task_id, user_id)
    if task is None:
        raise TaskNotFound
    return task


async def _finished(task_id: str, user_id: int, seconds: int, deps: Deps) -> Document:
    """The task once it has ended, or as it is when the time is up."""
    deadline = time.monotonic() + seconds
    with deps.watch.watching(task_id) as changed:
        while True:
            task = await _task(task_id, user_id, deps)
            left = deadline - time.monotonic()
            if task["finished_at"] is not None or left <= 0:
                return task
            await changed(min(1.0, left))
