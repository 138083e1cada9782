"""Decisions of administrators about accounts: state and command in, events or a refusal out. Pure."""

from auth import events
from auth.commands import DisableAccount, EnableAccount, GrantRole
from auth.domain.users import User, UserNotFound, revocation
from common.errors import NotAllowed
from common.events import Event


class OwnAccount(NotAllowed):
    """Administrators may not lock themselves out: another one must do it, or the operator."""


def grant_role(user: User, command: GrantRole) -> list[Event]:
    """A role; losing one ends every session, since tokens carry it."""
    if command.by == command.user_id and command.role != "admin":
        raise OwnAccount("不能撤销自己的管理员权限")
    _require(user)
    if user.role == command.role:
        return []
    granted = events.RoleGranted(user_id=user.id, role=command.role)
    return [granted, revocation(user, command.now)] if user.role == "admin" else [granted]


def disable(user: User, command: DisableAccount) -> list[Event]:
    """Close the account; it ends every session. A closed one keeps the reason it was closed for."""
    if command.by == command.user_id:
        raise OwnAccount("不能停用自己的账户")
    _require(user)
    if user.disabled:
        return []
    return [events.AccountDisabled(user_id=user.id, reason=command.reason), revocation(user, command.now)]


def enable(user: User, command: EnableAccount) -> list[Event]:
    """Open a closed account again."""
    _require(user)
    return [events.AccountEnabled(user_id=user.id, reason=command.reason)] if user.disabled else []


def _require(user: User) -> None:
    if not user.id:
        raise UserNotFound
