"""Decisions about who follows whom. Pure."""

from auth import events
from auth.commands import FollowUser
from common.errors import Invalid
from common.events import Event, State


class FollowsOneself(Invalid):
    """Nobody follows themselves."""

    message = "不能关注自己"


class Follow(State):
    """Whether one user follows another."""

    following: bool = False


def evolve_follow(follow: Follow, event: Event) -> Follow:
    """The pair after the next event."""
    return follow.but(following=isinstance(event, events.UserFollowed))


def follow(pair: Follow, command: FollowUser) -> list[Event]:
    """Follow or not, as wished; the opposite of now without a wish."""
    if command.follower_id == command.followee_id:
        raise FollowsOneself
    wished = not pair.following if command.wished is None else command.wished
    if wished == pair.following:
        return []
    happened = events.UserFollowed if wished else events.UserUnfollowed
    return [happened(follower_id=command.follower_id, followee_id=command.followee_id)]
