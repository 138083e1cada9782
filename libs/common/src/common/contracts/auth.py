"""What auth tells: users, their profiles, who follows whom."""

from datetime import datetime
from typing import ClassVar

from common.messages import Message


class AuthMessage(Message):
    """A message of the auth service."""

    publisher: ClassVar[str] = "auth"


class UserRegistered(AuthMessage):
    """A new account."""

    name: ClassVar[str] = "UserRegistered"
    user_id: int
    username: str
    registered_at: datetime


class ProfileUpdated(AuthMessage):
    """The public face of a user after a change: always whole, so that the newest alone is enough."""

    name: ClassVar[str] = "ProfileUpdated"
    user_id: int
    username: str
    avatar_key: str | None = None


class UserFollowed(AuthMessage):
    """`follower_id` follows `followee_id` from now on. One stream for each pair."""

    name: ClassVar[str] = "UserFollowed"
    follower_id: int
    followee_id: int


class UserUnfollowed(AuthMessage):
    """`follower_id` follows `followee_id` no longer."""

    name: ClassVar[str] = "UserUnfollowed"
    follower_id: int
    followee_id: int


class SessionsRevoked(AuthMessage):
    """Tokens of this user issued before `not_before` (in whole milliseconds) hold no longer."""

    name: ClassVar[str] = "SessionsRevoked"
    user_id: int
    not_before: datetime


MESSAGES = (UserRegistered, ProfileUpdated, UserFollowed, UserUnfollowed, SessionsRevoked)
