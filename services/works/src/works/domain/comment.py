"""A comment: added by anybody who sees the work; removed by its author, the work's owner or an administrator."""

from datetime import datetime

from common.errors import NotAllowed, NotFound
from common.events import Event, State
from common.moderation import ensure_publishable
from works.commands import AddComment, RemoveComment
from works.domain.work import Work, ensure_visible
from works.events import CommentAdded, CommentRemoved


class CommentNotFound(NotFound):
    """No such comment on this work."""

    message = "评论不存在"


class NotYourComment(NotAllowed):
    """Neither the comment nor the work is the caller's."""

    message = "只能删除自己的评论"


class Comment(State):
    """A comment's present state; `comment_id` 0 is a stream without events."""

    comment_id: int = 0
    work_id: int = 0
    owner_id: int = 0
    author_id: int = 0
    content: str = ""
    added_at: datetime | None = None
    removed: bool = False


def evolve(comment: Comment, event: Event) -> Comment:
    """The comment after one more of its events."""
    match event:
        case CommentAdded():
            return Comment.model_validate(event.model_dump())
        case CommentRemoved():
            return comment.but(removed=True)
        case _:
            return comment


def add(comment_id: int, command: AddComment, work: Work) -> list[Event]:
    """A comment on a work that the author sees; public at once, so what a person would have to review is refused.

    Raises:
        WorkNotFound: the author does not see the work.
        ContentViolation: see `ensure_publishable`.
    """
    ensure_visible(work, command.user_id)
    ensure_publishable({"content": command.content})
    return [
        CommentAdded(
            comment_id=comment_id,
            work_id=work.work_id,
            owner_id=work.owner_id,
            author_id=command.user_id,
            content=command.content,
            added_at=command.now,
        )
    ]


def remove(comment: Comment, command: RemoveComment, work: Work) -> list[Event]:
    """Take it away; one already removed is not found any more."""
    if not command.is_admin:
        ensure_visible(work, command.user_id)
    if comment.work_id != command.work_id or comment.removed:
        raise CommentNotFound
    if not (command.is_admin or command.user_id in (comment.author_id, comment.owner_id)):
        raise NotYourComment
    return [
        CommentRemoved(
            comment_id=comment.comment_id,
            work_id=comment.work_id,
            owner_id=comment.owner_id,
            removed_by=command.user_id,
            removed_at=command.now,
        )
    ]
