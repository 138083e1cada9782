"""Changing and deleting one's works."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from common.http import Body, Done, Reply, field_codes, refusals
from common.moderation import ContentViolation
from common.objects import ObjectStore
from common.security import CurrentUser
from works.api import examples
from works.api.answers import OwnWork, own_work
from works.api.ids import Category, Description, Tag, Title, WorkId
from works.commands import DeleteWork, UpdateWork
from works.domain.moderation import violation
from works.domain.work import DuplicateTitle, NotTheOwner, PublicationMoved, Status, Work
from works.handlers import Inspection, Journal, PublicCopies, delete_work, update_work
from works.projections.details import visible_work

RULES = field_codes(
    title=("VALIDATION_ERROR", "标题应为1到100个字符"),
    description=("VALIDATION_ERROR", "描述不能超过1000个字符"),
    tags=("VALIDATION_ERROR", "标签最多10个，每个1到20个字符"),
    category=("VALIDATION_ERROR", "分类不能超过30个字符"),
    is_public=("VALIDATION_ERROR", "是否公开必须是布尔值"),
)


class WorkChanges(Body):
    """What to change; an absent key leaves the thing as it is, an empty value clears it."""

    title: Title | None = Field(None, description="作品标题，同一用户的作品不可重名")
    description: Description | None = Field(None, description="作品描述")
    tags: Annotated[list[Tag], Field(max_length=10)] | None = Field(None, description="标签数组")
    category: Category | None = Field(None, description="分类")
    is_public: bool | None = Field(None, description="是否公开")

    def command(self, work_id: int, user_id: int) -> UpdateWork:
        """The command; a tag given twice counts once."""
        return UpdateWork(
            work_id=work_id,
            user_id=user_id,
            now=datetime.now(UTC),
            title=self.title,
            description=self.description,
            tags=None if self.tags is None else tuple(dict.fromkeys(self.tags)),
            category=self.category,
            is_public=self.is_public,
        )


class ChangedWork(BaseModel):
    """The work after the change."""

    work: OwnWork


def routes(journal: Journal, objects: ObjectStore, copies: PublicCopies, inspection: Inspection) -> APIRouter:
    """Routes of the owner."""
    router = APIRouter(prefix="/api/works", tags=["作品"])

    @router.put(
        "/{work_id:int}",
        summary="更新作品信息",
        openapi_extra=RULES | examples.UPDATE,
        responses=refusals(NotTheOwner, DuplicateTitle, PublicationMoved, ContentViolation),
    )
    async def update(work_id: WorkId, changes: WorkChanges, user: CurrentUser) -> Reply[ChangedWork]:
        before, after = await update_work(changes.command(work_id, user.user_id), journal, copies, inspection)
        work = await visible_work(journal.store.db, work_id, user.user_id)
        return Reply(data=ChangedWork(work=own_work(work, objects)), message=_said(before, after))

    @router.delete(
        "/{work_id:int}",
        summary="删除作品",
        openapi_extra=examples.DELETE,
        responses=refusals(NotTheOwner),
    )
    async def delete(work_id: WorkId, user: CurrentUser) -> Done:
        await delete_work(DeleteWork(work_id, user.user_id, datetime.now(UTC)), journal)
        return Done(message="作品删除成功")

    return router


def _said(before: Work, after: Work) -> str:
    """What became of the publication, where the change decided on it."""
    decided = after.moderation.status if after.moderation != before.moderation else None
    if decided is Status.REJECTED:
        return f"作品信息更新成功，但{violation(after.moderation).message}"
    if decided is Status.PENDING:
        return "作品信息更新成功，公开申请等待管理员审核"
    return "作品信息更新成功"
