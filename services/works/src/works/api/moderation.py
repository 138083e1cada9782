"""The administrators' queue and decisions, the owner's appeal, what is put forward."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from common.errors import Invalid, NotAllowed
from common.http import Body, Paging, Reply, field_codes, refusals
from common.objects import ObjectStore
from common.security import CurrentAdmin, CurrentUser
from works.api import examples
from works.api.answers import HeldWork, HeldWorks, OwnWork, held_work, own_work
from works.api.ids import Reason, WorkId
from works.commands import AppealRefusal, Decision, FeatureWork, ModerateWork
from works.domain.moderation import NothingToAppeal, NothingToDecide, NotPublic, WorkChanged
from works.domain.work import NotTheOwner
from works.handlers import Journal, PublicCopies, appeal_refusal, feature_work, moderate_work
from works.projections import details, lists

REJECTION_NEEDS_REASON = "拒绝时必须说明原因"


class DecisionBody(Body):
    """What the administrator decides; a rejection says why.

    With the `revision` of the queue's answer the decision holds for exactly what was seen there.
    """

    decision: Annotated[Decision, Field(strict=False, description="approve 通过，reject 拒绝")]
    reason: Annotated[Reason, Field(description="原因，拒绝时必填")] = ""
    revision: int | None = Field(None, ge=1, lt=2**53, description="所审核的作品版本，取自审核列表；作品已变化则拒绝")


class AppealBody(Body):
    """What the owner says against the refusal."""

    reason: Annotated[Reason, Field(min_length=1, description="申诉理由")]


class FeaturedBody(Body):
    """Whether the work is put forward."""

    featured: bool = Field(description="是否精选")


class DecidedWork(BaseModel):
    """The work as an administrator sees it after the decision."""

    work: HeldWork


class AppealedWork(BaseModel):
    """The work as its owner sees it after the appeal."""

    work: OwnWork


def routes(journal: Journal, objects: ObjectStore, copies: PublicCopies) -> APIRouter:
    """Routes of administrators, and the owner's way to them."""
    router = APIRouter(prefix="/api/works", tags=["作品审核"])
    db = journal.store.db

    async def shown(work_id: int, message: str) -> Reply[DecidedWork]:
        work = await details.work_of(db, work_id)
        faces = await details.authors(db, [work["owner_id"]])
        data = DecidedWork(work=held_work(work, faces[work["owner_id"]], objects))
        return Reply(data=data, message=message)

    @router.get(
        "/moderation", summary="获取待审核作品列表", openapi_extra=examples.QUEUE, responses=refusals(NotAllowed)
    )
    async def queue(paging: Paging, _admin: CurrentAdmin) -> Reply[HeldWorks]:
        page = await lists.held_works(db, paging)
        faces = await details.authors(db, (work["owner_id"] for work in page.items))
        works = [held_work(work, faces[work["owner_id"]], objects) for work in page.items]
        return Reply(data=HeldWorks(works=works, pagination=page.pagination))

    @router.post(
        "/{work_id:int}/moderation",
        summary="审核作品",
        openapi_extra=field_codes(
            decision=("VALIDATION_ERROR", "decision 必须是 approve 或 reject"),
            reason=("VALIDATION_ERROR", "原因不能超过500个字符"),
            revision=("VALIDATION_ERROR", "revision 必须是正整数"),
        )
        | examples.DECISION,
        responses=refusals(NotAllowed, NothingToDecide, WorkChanged),
    )
    async def moderate(work_id: WorkId, body: DecisionBody, admin: CurrentAdmin) -> Reply[DecidedWork]:
        if body.decision is Decision.REJECT and not body.reason:
            raise Invalid(REJECTION_NEEDS_REASON, details=[{"field": "reason", "message": REJECTION_NEEDS_REASON}])
        now = datetime.now(UTC)
        command = ModerateWork(work_id, admin.user_id, body.decision, body.reason, now, body.revision)
        await moderate_work(command, journal, copies)
        return await shown(work_id, "审核结果已保存")

    @router.post(
        "/{work_id:int}/appeal",
        summary="对审核结果申诉",
        openapi_extra=field_codes(reason=("VALIDATION_ERROR", "申诉理由应为1到500个字符")) | examples.APPEAL,
        responses=refusals(NotTheOwner, NothingToAppeal),
    )
    async def appeal(work_id: WorkId, body: AppealBody, user: CurrentUser) -> Reply[AppealedWork]:
        await appeal_refusal(AppealRefusal(work_id, user.user_id, body.reason, datetime.now(UTC)), journal)
        work = await details.visible_work(db, work_id, user.user_id)
        return Reply(data=AppealedWork(work=own_work(work, objects)), message="申诉已提交，请等待管理员审核")

    @router.put(
        "/{work_id:int}/featured",
        summary="设置精选作品",
        openapi_extra=field_codes(featured=("VALIDATION_ERROR", "featured 必须是布尔值")) | examples.FEATURE,
        responses=refusals(NotAllowed, NotPublic),
    )
    async def feature(work_id: WorkId, body: FeaturedBody, admin: CurrentAdmin) -> Reply[DecidedWork]:
        await feature_work(FeatureWork(work_id, admin.user_id, body.featured, datetime.now(UTC)), journal)
        return await shown(work_id, "已设为精选" if body.featured else "已取消精选")

    return router
