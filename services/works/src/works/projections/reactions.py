"""One document for each like, viewer, rating and comment: what the figures of works are counted from."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from common.events import Recorded
from common.mongo import Document
from common.projections import View
from works.events import CommentAdded, CommentRemoved, WorkLiked, WorkRated, WorkUnliked, WorkViewed


def fold_like(document: Document | None, recorded: Recorded) -> Document | None:
    """Whether a user likes a work now."""
    match recorded.event:
        case WorkLiked() | WorkUnliked() as event:
            return {"work_id": event.work_id, "user_id": event.user_id, "liked": isinstance(event, WorkLiked)}
        case _:
            return document


def fold_viewer(document: Document | None, recorded: Recorded) -> Document | None:
    """How often a viewer's look at a work was counted, and when last."""
    match recorded.event:
        case WorkViewed() as event:
            times = document["times"] if document else 0
            return {"work_id": event.work_id, "times": times + 1, "counted_at": event.viewed_at}
        case _:
            return document


def fold_rating(document: Document | None, recorded: Recorded) -> Document | None:
    """A user's score for a work."""
    match recorded.event:
        case WorkRated() as event:
            return {"work_id": event.work_id, "user_id": event.user_id, "score": event.score}
        case _:
            return document


def fold_comment(document: Document | None, recorded: Recorded) -> Document | None:
    """A comment while it stands."""
    match recorded.event:
        case CommentAdded() as event:
            return {
                "work_id": event.work_id,
                "author_id": event.author_id,
                "content": event.content,
                "created_at": event.added_at,
            }
        case CommentRemoved():
            return None
        case _:
            return document


def _by_work(field: str) -> list[IndexModel]:
    return [IndexModel([("work_id", ASCENDING), (field, ASCENDING)])]


LIKES = View("likes", "like", fold_like, indexes=_by_work("liked"))
VIEWERS = View("viewers", "view", fold_viewer, indexes=_by_work("times"))
RATINGS = View("ratings", "rating", fold_rating, indexes=_by_work("score"))
COMMENTS = View(
    "comments",
    "comment",
    fold_comment,
    key=int,
    indexes=[IndexModel([("work_id", ASCENDING), ("created_at", DESCENDING), ("_id", DESCENDING)])],
)
