"""What administrators decide: given what happened, when asked, then this happens or that refusal."""

from datetime import UTC, datetime

import pytest

from auth import domain, events
from auth.commands import DisableAccount, EnableAccount, GrantRole
from auth.domain import User
from common.events import Event
from common.testing.scenario import Outcome, Scenario

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
accounts = Scenario(User(), domain.evolve)

registered = events.UserRegistered(
    user_id=7, username="alice", email="alice@example.com", password_hash="hash", registered_at=NOW
)
admin = events.RoleGranted(user_id=7, role="admin")
disabled = events.AccountDisabled(user_id=7, reason="spam")
enabled = events.AccountEnabled(user_id=7, reason="appeal granted")
revoked = events.SessionsRevoked(user_id=7, not_before=NOW)


def grant(role: str, *before: Event, by: int | None = 1) -> Outcome:
    return accounts.given(*before).when(lambda user: domain.grant_role(user, GrantRole(7, role, NOW, by)))


def disable(*before: Event, by: int | None = 1) -> Outcome:
    command = DisableAccount(7, NOW, by, "spam")
    return accounts.given(*before).when(lambda user: domain.disable(user, command))


def enable(*before: Event) -> Outcome:
    return accounts.given(*before).when(lambda user: domain.enable(user, EnableAccount(7, "appeal granted")))


def test_a_granted_role_leaves_sessions_alone() -> None:
    grant("admin", registered).then(admin)


def test_a_lost_role_ends_the_sessions_that_carry_it() -> None:
    grant("user", registered, admin).then(events.RoleGranted(user_id=7, role="user"), revoked)


@pytest.mark.parametrize(("role", "before"), [("admin", [registered, admin]), ("user", [registered])])
def test_a_role_held_already_is_no_event(role: str, before: list[Event]) -> None:
    grant(role, *before).then()


def test_disabling_ends_every_session_and_is_done_once() -> None:
    disable(registered).then(disabled, revoked)
    disable(registered, disabled).then()


def test_enabling_is_done_once_and_revives_no_session() -> None:
    enable(registered, disabled).then(enabled)
    enable(registered).then()


def test_the_reason_is_known_as_long_as_the_account_is_closed() -> None:
    assert accounts.given(registered, disabled).state.disabled_reason == "spam"
    assert accounts.given(registered, disabled, enabled).state.disabled_reason == ""


def test_administrators_lock_themselves_out_of_nothing() -> None:
    grant("user", registered, admin, by=7).raises(domain.OwnAccount)
    disable(registered, admin, by=7).raises(domain.OwnAccount)
    grant("admin", registered, admin, by=7).then()


def test_the_operator_is_nobodys_own_account() -> None:
    grant("user", registered, admin, by=None).then(events.RoleGranted(user_id=7, role="user"), revoked)
    disable(registered, by=None).then(disabled, revoked)


def test_nothing_is_decided_about_nobody() -> None:
    for outcome in (grant("admin"), disable(), enable()):
        outcome.raises(domain.UserNotFound)
