"""Comments on works."""

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from common.http import Body, Done, Paging, Reply, Text, field_codes, refusals
from common.idempotency import IdempotencyKey, repeatable
from common.moderation import ContentViolation
from common.objects import ObjectStore
from common.security import CurrentUser, MaybeUser
from works.api import examples
from works.api.answers import CommentItem, Comments, author_of
from works.api.ids import CommentId, WorkId
from works.commands import AddComment, RemoveComment
from works.domain.comment import NotYourComment
from works.handlers import Journal, add_comment, remove_comment
from works.projections import details


class NewComment(Body):
    """What to say."""

    content: Annotated[Text, Field(min_length=1, max_length=500, description="评论内容")]


class CommentReply(BaseModel):
    """The comment as it stands."""

    comment: CommentItem


def routes(journal: Journal, objects: ObjectStore) -> APIRouter:
    """Routes of everybody who sees a work; removing is for the comment's author, the owner and administrators."""
    router = APIRouter(prefix="/api/works", tags=["评论"])
    db = journal.store.db

    @router.get("/{work_id:int}/comments", summary="获取作品评论", openapi_extra=examples.COMMENTS)
    async def comments(work_id: WorkId, paging: Paging, user: MaybeUser) -> Reply[Comments]:
        await details.visible_work(db, work_id, user.user_id if user else None)
        page = await details.comments_of(db, work_id, paging)
        faces = await details.authors(db, (comment["author_id"] for comment in page.items))
        items = [
            CommentItem.model_validate(
                {**comment, "id": comment["_id"], "author": author_of(faces[comment["author_id"]], objects)}
            )
            for comment in page.items
        ]
        return Reply(data=Comments(comments=items, pagination=page.pagination))

    @router.post(
        "/{work_id:int}/comments",
        status_code=201,
        summary="发表评论",
        openapi_extra=field_codes(content=("VALIDATION_ERROR", "评论应为1到500个字符")) | examples.COMMENT,
        responses=refusals(ContentViolation),
    )
    async def add(work_id: WorkId, body: NewComment, user: CurrentUser, key: IdempotencyKey) -> Reply[CommentReply]:
        command = AddComment(work_id, user.user_id, body.content, datetime.now(UTC))
        repeat = repeatable(user.user_id, "comment", key, f"{work_id}\n{body.content}")
        comment = await add_comment(command, journal, repeat)
        faces = await details.authors(db, [user.user_id])
        item = CommentItem(
            id=comment.comment_id,
            work_id=comment.work_id,
            content=comment.content,
            author=author_of(faces[user.user_id], objects),
            created_at=comment.added_at,
        )
        return Reply(data=CommentReply(comment=item), message="评论成功")

    @router.delete(
        "/{work_id:int}/comments/{comment_id:int}",
        summary="删除评论",
        openapi_extra=examples.UNCOMMENT,
        responses=refusals(NotYourComment),
    )
    async def remove(work_id: WorkId, comment_id: CommentId, user: CurrentUser) -> Done:
        command = RemoveComment(work_id, comment_id, user.user_id, user.is_admin, datetime.now(UTC))
        await remove_comment(command, journal)
        return Done(message="评论已删除")

    return router
