"""Decisions about accounts: state and command in, events or a refusal out. Pure."""

import math
from datetime import datetime, timedelta

from auth import events
from auth.commands import (
    ChangeAvatar,
    ChangePassword,
    ImportUser,
    LogIn,
    LogOut,
    RegisterUser,
    UpdateProfile,
)
from auth.domain.texts import ensure_shown
from common.errors import BadRequest, Conflict, Invalid, NotAllowed, NotFound, Unauthorized
from common.events import Event, State

LOCK_AFTER = 5  # wrong passwords in a row
LOCK_FOR = timedelta(minutes=15)
TICK = timedelta(milliseconds=1)  # the resolution of a token's `iat`


class UserExists(Conflict):
    """The name or the e-mail address is another account's."""

    code = "USER_EXISTS"
    message = "用户名或邮箱已存在"


class UserNotFound(NotFound):
    """There is no such account."""

    code = "USER_NOT_FOUND"
    message = "用户不存在"


class WrongPassword(Unauthorized):
    """The password at login is not the account's."""

    code = "INVALID_CREDENTIALS"
    message = "用户名或密码错误"


class WrongCurrentPassword(BadRequest):
    """The password that authorises a change is not the account's."""

    code = "INVALID_PASSWORD"
    message = "当前密码错误"


class CommonPassword(Invalid):
    """The new password is one of those that everybody tries first."""

    code = "WEAK_PASSWORD"
    message = "这个密码过于常见，请换一个"


class AccountIsLocked(NotAllowed):
    """No login before `until`, whatever the password."""

    code = "ACCOUNT_LOCKED"

    def __init__(self, until: datetime, now: datetime) -> None:
        seconds = max(1, math.ceil((until - now).total_seconds()))
        ends = until.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        super().__init__(
            f"密码错误次数过多，账户已锁定，请{math.ceil(seconds / 60)}分钟后再试",
            details=[{"field": "expires_at", "message": ends}],
            headers={"Retry-After": str(seconds)},
        )


class AccountIsDisabled(NotAllowed):
    """An administrator has closed the account."""

    code = "ACCOUNT_DISABLED"
    message = "账户已被停用"


class User(State):
    """An account; `id` is 0 as long as there is none.

    `last_issued_at` is the `iat` of the newest token, `not_before` the earliest `iat` that still holds.
    """

    id: int = 0
    username: str = ""
    email: str = ""
    bio: str = ""
    website: str = ""
    location: str = ""
    avatar_key: str | None = None
    password_hash: str = ""
    role: str = "user"
    disabled: bool = False
    disabled_reason: str = ""
    failures: int = 0
    locked_until: datetime | None = None
    last_issued_at: datetime | None = None
    not_before: datetime | None = None


def evolve(user: User, event: Event) -> User:  # noqa: PLR0911  (one line an event)
    """The account after the next event."""
    match event:
        case events.UserRegistered() | events.UserImported():
            return user.but(
                id=event.user_id, username=event.username, email=event.email, password_hash=event.password_hash
            )
        case events.ProfileUpdated():
            return user.but(**event.model_dump(exclude={"user_id"}))
        case events.AvatarChanged():
            return user.but(avatar_key=event.avatar_key)
        case events.UserLoggedIn():
            return user.but(last_issued_at=event.issued_at, failures=0, locked_until=None)
        case events.LoginFailed():
            return user.but(failures=user.failures + 1)
        case events.AccountLocked():
            return user.but(locked_until=event.until, failures=0)
        case events.PasswordChanged() | events.PasswordRehashed():
            return user.but(password_hash=event.password_hash)
        case events.SessionsRevoked():
            return user.but(not_before=event.not_before)
        case events.RoleGranted():
            return user.but(role=event.role)
        case events.AccountDisabled():
            return user.but(disabled=True, disabled_reason=event.reason)
        case events.AccountEnabled():
            return user.but(disabled=False, disabled_reason="")
        case _:
            return user


def register(user: User, command: RegisterUser) -> list[Event]:
    """Open the account; its id is fresh, so the stream is empty."""
    ensure_shown({"username": command.username})
    if user.id:
        raise UserExists
    return [
        events.UserRegistered(
            user_id=command.user_id,
            username=command.username,
            email=command.email,
            password_hash=command.password_hash,
            registered_at=command.now,
        )
    ]


def import_user(user: User, command: ImportUser) -> list[Event]:
    """Take over the account; its id is fresh, so the stream is empty."""
    if user.id:
        raise UserExists
    return [
        events.UserImported(
            user_id=command.user_id,
            username=command.username,
            email=command.email,
            password_hash=command.password_hash,
            registered_at=command.registered_at,
        )
    ]


def log_in(user: User, command: LogIn) -> list[Event]:
    """A login, or a failure that counts. The token's `iat` is never before what was revoked."""
    if user.locked_until is not None and command.now < user.locked_until:
        raise AccountIsLocked(user.locked_until, command.now)
    if command.checked_hash != user.password_hash:
        raise WrongPassword  # it was changed while this one was being compared
    if not command.matches:
        return _failure(user, command)
    if user.disabled:
        raise AccountIsDisabled
    issued_at = max(command.now, user.not_before or command.now)
    logged_in: list[Event] = [events.UserLoggedIn(user_id=user.id, issued_at=issued_at)]
    if command.new_hash is not None:
        logged_in.append(events.PasswordRehashed(user_id=user.id, password_hash=command.new_hash))
    return logged_in


def _failure(user: User, command: LogIn) -> list[Event]:
    failed = events.LoginFailed(user_id=user.id)
    if user.failures + 1 < LOCK_AFTER:
        return [failed]
    return [failed, events.AccountLocked(user_id=user.id, until=command.now + LOCK_FOR)]


def log_out(user: User, command: LogOut) -> list[Event]:
    """End every session; nothing happens when the caller's has ended already, so a retry spares a newer login."""
    if user.not_before is not None and command.issued_at < user.not_before:
        return []
    return [revocation(user, command.now)]


def change_password(user: User, command: ChangePassword) -> list[Event]:
    """A new password; it ends every session."""
    if not command.matches or command.checked_hash != user.password_hash:
        raise WrongCurrentPassword
    changed = events.PasswordChanged(user_id=user.id, password_hash=command.new_hash)
    return [changed, revocation(user, command.now)]


def update_profile(user: User, command: UpdateProfile) -> list[Event]:
    """The profile with the changes; nothing happens when it stays the same.

    Only what becomes another is judged by the content rules: a name may be older than they are.
    """
    ensure_shown({field: text for field, text in command.changes.items() if text != getattr(user, field)})
    return _updated(user, user.but(**command.changes))


def clear_profile(user: User) -> list[Event]:
    """The profile without what its user may show; nothing happens when it is bare."""
    return _updated(user, user.but(bio="", website="", location="", avatar_key=None))


def _updated(before: User, after: User) -> list[Event]:
    if after == before:
        return []
    return [
        events.ProfileUpdated(
            user_id=after.id,
            username=after.username,
            email=after.email,
            bio=after.bio,
            website=after.website,
            location=after.location,
            avatar_key=after.avatar_key,
        )
    ]


def change_avatar(user: User, command: ChangeAvatar) -> list[Event]:
    """Another picture."""
    return [events.AvatarChanged(user_id=user.id, username=user.username, avatar_key=command.avatar_key)]


def revocation(user: User, now: datetime) -> Event:
    """Ends every token issued so far, also one of this millisecond or of a replica whose clock is ahead."""
    newest = user.last_issued_at + TICK if user.last_issued_at else now
    return events.SessionsRevoked(user_id=user.id, not_before=max(now, newest))
