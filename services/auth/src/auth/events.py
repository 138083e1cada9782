"""What happened to users and follows. Streams: `user-<id>` and `follow-<follower>-<followee>`."""

from datetime import datetime
from typing import ClassVar

from common.events import Codec, Data, Event


class UserRegistered(Event):
    """A new account; `password_hash` is an encoded Argon2id hash, the password itself is never stored."""

    name: ClassVar[str] = "UserRegistered"
    user_id: int
    username: str
    email: str
    password_hash: str
    registered_at: datetime


class UserImported(Event):
    """An account taken over from another system; `password_hash` is its bcrypt hash, replaced at the first login."""

    name: ClassVar[str] = "UserImported"
    user_id: int
    username: str
    email: str
    password_hash: str
    registered_at: datetime


class ProfileUpdated(Event):
    """The whole profile after a change. Version 1 is from before there were avatars."""

    name: ClassVar[str] = "ProfileUpdated"
    version: ClassVar[int] = 2
    user_id: int
    username: str
    email: str
    bio: str
    website: str
    location: str
    avatar_key: str | None


class AvatarChanged(Event):
    """Another picture, and the name that goes with it; `avatar_key` is in the public bucket."""

    name: ClassVar[str] = "AvatarChanged"
    user_id: int
    username: str
    avatar_key: str


class UserLoggedIn(Event):
    """A token was issued; `issued_at` is its `iat`, in whole milliseconds."""

    name: ClassVar[str] = "UserLoggedIn"
    user_id: int
    issued_at: datetime


class LoginFailed(Event):
    """A wrong password for a known user."""

    name: ClassVar[str] = "LoginFailed"
    user_id: int


class AccountLocked(Event):
    """Too many wrong passwords in a row: no login before `until`."""

    name: ClassVar[str] = "AccountLocked"
    user_id: int
    until: datetime


class PasswordChanged(Event):
    """The user chose a new password."""

    name: ClassVar[str] = "PasswordChanged"
    user_id: int
    password_hash: str


class PasswordRehashed(Event):
    """The same password under today's algorithm and parameters."""

    name: ClassVar[str] = "PasswordRehashed"
    user_id: int
    password_hash: str


class SessionsRevoked(Event):
    """Tokens issued before `not_before` hold no longer."""

    name: ClassVar[str] = "SessionsRevoked"
    user_id: int
    not_before: datetime


class RoleGranted(Event):
    """`user` or `admin` from now on."""

    name: ClassVar[str] = "RoleGranted"
    user_id: int
    role: str


class AccountDisabled(Event):
    """No login until it is enabled again. Version 1 is from before reasons were given."""

    name: ClassVar[str] = "AccountDisabled"
    version: ClassVar[int] = 2
    user_id: int
    reason: str


class AccountEnabled(Event):
    """A disabled account may log in again. Version 1 is from before reasons were given."""

    name: ClassVar[str] = "AccountEnabled"
    version: ClassVar[int] = 2
    user_id: int
    reason: str


class UserFollowed(Event):
    """`follower_id` follows `followee_id`."""

    name: ClassVar[str] = "UserFollowed"
    follower_id: int
    followee_id: int


class UserUnfollowed(Event):
    """`follower_id` follows `followee_id` no longer."""

    name: ClassVar[str] = "UserUnfollowed"
    follower_id: int
    followee_id: int


def _with_avatar(data: Data) -> Data:
    return {**data, "avatar_key": None}


def _with_reason(data: Data) -> Data:
    return {**data, "reason": ""}


CODEC = Codec(
    UserRegistered,
    UserImported,
    ProfileUpdated,
    AvatarChanged,
    UserLoggedIn,
    LoginFailed,
    AccountLocked,
    PasswordChanged,
    PasswordRehashed,
    SessionsRevoked,
    RoleGranted,
    AccountDisabled,
    AccountEnabled,
    UserFollowed,
    UserUnfollowed,
    upcasts={
        ("ProfileUpdated", 1): _with_avatar,
        ("AccountDisabled", 1): _with_reason,
        ("AccountEnabled", 1): _with_reason,
    },
)
