"""Decisions about likes, views, ratings and comments."""

from datetime import UTC, datetime, timedelta

from common.testing.scenario import Scenario
from works.commands import AddComment, LikeWork, RateWork, RemoveComment, ViewWork
from works.domain import comment, reactions
from works.domain.comment import Comment, CommentNotFound, NotYourComment
from works.domain.reactions import Like, Rating, Viewer
from works.domain.work import Work, WorkNotFound
from works.events import CommentAdded, CommentRemoved, WorkLiked, WorkRated, WorkUnliked, WorkViewed

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
OWNER, FAN, STRANGER = 1, 2, 3
PRIVATE = Work(work_id=5, owner_id=OWNER)
PUBLIC = PRIVATE.but(public_keys=("works/x.png",))
LIKED = WorkLiked(work_id=5, owner_id=OWNER, user_id=FAN, liked_at=NOW)
UNLIKED = WorkUnliked(work_id=5, owner_id=OWNER, user_id=FAN, unliked_at=NOW)
VIEWED = WorkViewed(work_id=5, owner_id=OWNER, viewed_at=NOW)
RATED = WorkRated(work_id=5, owner_id=OWNER, user_id=FAN, score=4, rated_at=NOW)
ADDED = CommentAdded(comment_id=8, work_id=5, owner_id=OWNER, author_id=FAN, content="好", added_at=NOW)

likes = Scenario(Like(), reactions.evolve_like)
viewers = Scenario(Viewer(), reactions.evolve_viewer)
ratings = Scenario(Rating(), reactions.evolve_rating)
comments = Scenario(Comment(), comment.evolve)


def test_a_like_toggles_or_follows_the_wish() -> None:
    toggle, wish = LikeWork(5, FAN, NOW), LikeWork(5, FAN, NOW, liked=True)

    likes.given().when(lambda like: reactions.like(like, toggle, PUBLIC)).then(LIKED)
    likes.given(LIKED).when(lambda like: reactions.like(like, toggle, PUBLIC)).then(UNLIKED)
    likes.given(LIKED).when(lambda like: reactions.like(like, wish, PUBLIC)).then()
    likes.given(LIKED, UNLIKED).when(lambda like: reactions.like(like, wish, PUBLIC)).then(LIKED)


def test_a_private_work_is_liked_by_nobody_else() -> None:
    likes.given().when(lambda like: reactions.like(like, LikeWork(5, FAN, NOW), PRIVATE)).raises(WorkNotFound)
    likes.given().when(lambda like: reactions.like(like, LikeWork(5, FAN, NOW), Work())).raises(WorkNotFound)


def test_a_view_counts_once_in_thirty_minutes() -> None:
    def at(minutes: int) -> ViewWork:
        return ViewWork(5, FAN, "hash", NOW + timedelta(minutes=minutes))

    later = VIEWED.model_copy(update={"viewed_at": NOW + timedelta(minutes=30)})
    viewers.given().when(lambda viewer: reactions.view(viewer, at(0), PUBLIC)).then(VIEWED)
    viewers.given(VIEWED).when(lambda viewer: reactions.view(viewer, at(29), PUBLIC)).then()
    viewers.given(VIEWED).when(lambda viewer: reactions.view(viewer, at(30), PUBLIC)).then(later)


def test_the_owners_looks_and_looks_at_a_private_work_never_count() -> None:
    viewers.given().when(lambda viewer: reactions.view(viewer, ViewWork(5, OWNER, "hash", NOW), PUBLIC)).then()
    viewers.given().when(lambda viewer: reactions.view(viewer, ViewWork(5, None, "hash", NOW), PRIVATE)).then()


def test_a_score_replaces_the_earlier() -> None:
    again, other = RateWork(5, FAN, 4, NOW), RateWork(5, FAN, 2, NOW)

    ratings.given().when(lambda rating: reactions.rate(rating, again, PUBLIC)).then(RATED)
    ratings.given(RATED).when(lambda rating: reactions.rate(rating, again, PUBLIC)).then()
    ratings.given(RATED).when(lambda rating: reactions.rate(rating, other, PUBLIC)).then(
        RATED.model_copy(update={"score": 2})
    )


def test_whoever_sees_a_work_comments_on_it() -> None:
    command = AddComment(5, FAN, "好", NOW)

    comments.given().when(lambda _: comment.add(8, command, PUBLIC)).then(ADDED)
    comments.given().when(lambda _: comment.add(8, command, PRIVATE)).raises(WorkNotFound)


def test_a_comment_is_removed_by_author_owner_or_admin_once() -> None:
    def removal(user: int, *, is_admin: bool = False) -> RemoveComment:
        return RemoveComment(5, 8, user, is_admin, NOW)

    for user, is_admin in ((FAN, False), (OWNER, False), (STRANGER, True)):
        command = removal(user, is_admin=is_admin)
        removed = CommentRemoved(comment_id=8, work_id=5, owner_id=OWNER, removed_by=user, removed_at=NOW)
        comments.given(ADDED).when(lambda state, c=command: comment.remove(state, c, PUBLIC)).then(removed)
        comments.given(ADDED, removed).when(lambda state, c=command: comment.remove(state, c, PUBLIC)).raises(
            CommentNotFound
        )
    comments.given(ADDED).when(lambda state: comment.remove(state, removal(STRANGER), PUBLIC)).raises(NotYourComment)
    comments.given().when(lambda state: comment.remove(state, removal(FAN), PUBLIC)).raises(CommentNotFound)
