"""Likes, views and ratings: one small stream for each pair of work and person, so that nobody waits for another."""

from datetime import datetime, timedelta

from common.events import Event, State
from works.commands import LikeWork, RateWork, ViewWork
from works.domain.work import Work, ensure_visible
from works.events import WorkLiked, WorkRated, WorkUnliked, WorkViewed

VIEW_COUNTS_AGAIN_AFTER = timedelta(minutes=30)


class Like(State):
    """Whether one user likes one work."""

    liked: bool = False


def evolve_like(like: Like, event: Event) -> Like:
    """The like after one more of its events."""
    match event:
        case WorkLiked():
            return like.but(liked=True)
        case WorkUnliked():
            return like.but(liked=False)
        case _:
            return like


def like(state: Like, command: LikeWork, work: Work) -> list[Event]:
    """As wished, or turned round; nothing where it is so already."""
    ensure_visible(work, command.user_id)
    wished = not state.liked if command.liked is None else command.liked
    if wished == state.liked:
        return []
    pair = {"work_id": work.work_id, "owner_id": work.owner_id, "user_id": command.user_id}
    if wished:
        return [WorkLiked(**pair, liked_at=command.now)]
    return [WorkUnliked(**pair, unliked_at=command.now)]


class Viewer(State):
    """When one viewer's look at one work was last counted."""

    counted_at: datetime | None = None


def evolve_viewer(viewer: Viewer, event: Event) -> Viewer:
    """The viewer after one more event."""
    match event:
        case WorkViewed():
            return viewer.but(counted_at=event.viewed_at)
        case _:
            return viewer


def counts_again(counted_at: datetime | None, now: datetime) -> bool:
    """Whether a look counts, so long after the viewer's last one that did."""
    return counted_at is None or now - counted_at >= VIEW_COUNTS_AGAIN_AFTER


def view(viewer: Viewer, command: ViewWork, work: Work) -> list[Event]:
    """A look at a public work counts once in 30 minutes, its owner's never."""
    counts = work.is_public and work.owner_id != command.user_id and counts_again(viewer.counted_at, command.now)
    if not counts:
        return []
    return [WorkViewed(work_id=work.work_id, owner_id=work.owner_id, viewed_at=command.now)]


class Rating(State):
    """One user's score for one work, 0 for none."""

    score: int = 0


def evolve_rating(rating: Rating, event: Event) -> Rating:
    """The rating after one more of its events."""
    match event:
        case WorkRated():
            return rating.but(score=event.score)
        case _:
            return rating


def rate(rating: Rating, command: RateWork, work: Work) -> list[Event]:
    """A new score, in place of the old one."""
    ensure_visible(work, command.user_id)
    if rating.score == command.score:
        return []
    return [
        WorkRated(
            work_id=work.work_id,
            owner_id=work.owner_id,
            user_id=command.user_id,
            score=command.score,
            rated_at=command.now,
        )
    ]
