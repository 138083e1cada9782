"""POST /api/works/{id}/remix: the recipe of a work once more, as a task of the caller.

The route stands here and not in works, since what it may be refused for (credits, content rules, models) is known here.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Response

from common import idempotency
from common.http import Reply, refusals
from common.idempotency import IdempotencyKey, KeyReused, repeatable
from common.moderation import ContentViolation
from common.security import CurrentUser
from generation import handlers
from generation.api import examples
from generation.api.answers import CreatedTask
from generation.api.deps import Deps
from generation.api.headers import WaitSeconds
from generation.api.orders import UnknownModel, ensure_lawful_order
from generation.api.tasks import accepted, command_for
from generation.domain.ledger import InsufficientCredits
from generation.domain.remix import WorkNotFound, recipe_of
from generation.domain.tasks import task_of
from generation.events import Order
from generation.projections import works

LARGEST_ID = 2**53 - 1

WorkId = Annotated[int, Path(ge=1, description="作品ID")]


class ModelGone(UnknownModel):
    """The model that painted the work is no longer on offer."""

    message = "作品所用的模型已不再提供，无法重新生成"


def routes(deps: Deps) -> APIRouter:
    """The one route."""
    router = APIRouter(tags=["AIGC创作"])

    @router.post(
        "/api/works/{work_id:int}/remix",
        status_code=201,
        summary="用作品的配方重新生成",
        openapi_extra=examples.REMIX,
        responses=refusals(WorkNotFound, InsufficientCredits, ContentViolation, ModelGone, KeyReused),
    )
    async def remix(
        work_id: WorkId, user: CurrentUser, key: IdempotencyKey, wait: WaitSeconds, response: Response
    ) -> Reply[CreatedTask]:
        repeat = repeatable(user.user_id, "remix", key, str(work_id))
        first = await idempotency.earlier(deps.store, repeat)
        if first is not None:
            return await accepted(first["task_id"], user.user_id, wait, response, deps)
        command = await command_for(await _recipe(work_id, user.user_id, deps), user.user_id, deps, work_id)
        task_id = await handlers.request_generation(command, deps.aggregates, repeat)
        return await accepted(task_id, user.user_id, wait, response, deps)

    return router


async def _recipe(work_id: int, user_id: int, deps: Deps) -> Order:
    """The order that made the work's picture, by today's content rules and models; see the route for what it raises."""
    image_id = await works.picture_seen_by(deps.db, work_id, user_id) if work_id <= LARGEST_ID else None
    if image_id is None:
        raise WorkNotFound
    order = recipe_of(await deps.aggregates.tasks.load(task_of(image_id)), image_id)
    ensure_lawful_order(order.prompt, order.negative_prompt)
    if not (await deps.engine.models()).has(order.model):
        raise ModelGone
    return order
