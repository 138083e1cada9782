"""The answers, in the document's spelling."""

from datetime import datetime
from typing import Generic, Self, TypeVar

from pydantic import BaseModel

from common.http import Moment
from common.mongo import Document
from common.objects import PUBLIC, ObjectStore

U = TypeVar("U")


class UserData(BaseModel, Generic[U]):
    """`data` of most answers."""

    user: U


class RegisteredUser(BaseModel):
    """POST /api/users/register."""

    id: int
    username: str
    email: str
    created_at: Moment


class LoggedInUser(BaseModel):
    """POST /api/users/login."""

    id: int
    username: str
    email: str
    role: str
    avatar: str | None
    last_login: Moment


class Session(BaseModel):
    """`data` of POST /api/users/login."""

    token: str
    expires_at: Moment
    user: LoggedInUser


class Profile(BaseModel):
    """GET and PUT /api/users/profile: all that users know of themselves."""

    id: int
    username: str
    email: str
    role: str
    bio: str
    avatar: str | None
    website: str
    location: str
    created_at: Moment
    updated_at: Moment
    last_login: Moment | None

    @classmethod
    def of(cls, account: Document, objects: ObjectStore) -> Self:
        """The profile of an account."""
        return cls.model_validate({**account, "id": account["_id"], "avatar": avatar_url(account, objects)})


class PublicProfile(BaseModel):
    """GET /api/users/{id}: what anybody may know; `is_following` is about the caller, none without a token."""

    id: int
    username: str
    bio: str
    avatar: str | None
    website: str
    location: str
    created_at: Moment
    followers_count: int
    following_count: int
    is_following: bool | None


class AccountState(BaseModel):
    """PUT /api/users/{id}/role and /disabled: what an administrator decided; `disabled_reason` is none while open."""

    id: int
    username: str
    role: str
    disabled: bool
    disabled_reason: str | None


class FollowState(BaseModel):
    """POST /api/users/{id}/follow."""

    is_following: bool
    followers_count: int


class Avatar(BaseModel):
    """POST /api/users/avatar."""

    avatar_url: str


def avatar_url(account: Document, objects: ObjectStore) -> str | None:
    """The address of an account's avatar, if it has one."""
    key = account["avatar_key"]
    return objects.address(PUBLIC, key) if key else None


def session(token: str, expires_at: datetime, account: Document, objects: ObjectStore) -> Session:
    """The answer to a login."""
    user = {**account, "id": account["_id"], "avatar": avatar_url(account, objects)}
    return Session(token=token, expires_at=expires_at, user=LoggedInUser.model_validate(user))
