"""What may be asked. Values have passed the API's rules; `now` is UTC in whole milliseconds."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class RegisterUser:
    """Open an account."""

    user_id: int
    username: str
    email: str
    password_hash: str = field(repr=False)
    now: datetime


@dataclass(frozen=True)
class ImportUser:
    """Take over an account of another system, with a bcrypt hash; `registered_at` is when it was opened there."""

    user_id: int
    username: str
    email: str
    password_hash: str = field(repr=False)
    registered_at: datetime


@dataclass(frozen=True)
class LogIn:
    """Ask for a token, the password having been compared with `checked_hash`.

    `new_hash` is the password hashed anew, where `checked_hash` has outdated parameters.
    """

    user_id: int
    checked_hash: str = field(repr=False)
    matches: bool
    now: datetime
    new_hash: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class LogOut:
    """End all sessions up to the one whose token was issued at `issued_at`."""

    user_id: int
    issued_at: datetime
    now: datetime


@dataclass(frozen=True)
class ChangePassword:
    """Replace the password, the current one having been compared with `checked_hash`."""

    user_id: int
    checked_hash: str = field(repr=False)
    matches: bool
    new_hash: str = field(repr=False)
    now: datetime


@dataclass(frozen=True)
class UpdateProfile:
    """Change the fields named (username, email, bio, website, location); others stay."""

    user_id: int
    changes: Mapping[str, str]


@dataclass(frozen=True)
class ChangeAvatar:
    """Show the picture stored under `avatar_key` from now on."""

    user_id: int
    avatar_key: str


@dataclass(frozen=True)
class ClearProfile:
    """Remove what a user shows of themself: picture, bio, website, location."""

    user_id: int


@dataclass(frozen=True)
class GrantRole:
    """Make somebody `admin` or `user`; `by` is the administrator who says so, none for the operator's command line."""

    user_id: int
    role: str
    now: datetime
    by: int | None = None


@dataclass(frozen=True)
class DisableAccount:
    """End all sessions and refuse new ones; `by` as in `GrantRole`."""

    user_id: int
    now: datetime
    by: int | None = None
    reason: str = ""


@dataclass(frozen=True)
class EnableAccount:
    """Allow logins again."""

    user_id: int
    reason: str = ""


@dataclass(frozen=True)
class FollowUser:
    """Follow (`wished` true), follow no longer (false), or the opposite of now (none)."""

    follower_id: int
    followee_id: int
    wished: bool | None
