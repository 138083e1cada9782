"""Accounts: given what happened, when asked, then this happens or that refusal."""

from datetime import UTC, datetime, timedelta

from auth import domain, events
from auth.commands import (
    ChangeAvatar,
    ChangePassword,
    ImportUser,
    LogIn,
    LogOut,
    RegisterUser,
    UpdateProfile,
)
from auth.domain import User
from common.testing.scenario import Scenario

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
MS = timedelta(milliseconds=1)
accounts = Scenario(User(), domain.evolve)

registered = events.UserRegistered(
    user_id=7, username="alice", email="alice@example.com", password_hash="hash", registered_at=NOW
)
failed = events.LoginFailed(user_id=7)
locked = events.AccountLocked(user_id=7, until=NOW + domain.LOCK_FOR)


def logged_in(at: datetime) -> events.UserLoggedIn:
    return events.UserLoggedIn(user_id=7, issued_at=at)


def revoked(at: datetime) -> events.SessionsRevoked:
    return events.SessionsRevoked(user_id=7, not_before=at)


def log_in(*, matches: bool = True, at: datetime = NOW, new_hash: str | None = None, checked: str = "hash") -> LogIn:
    return LogIn(7, checked_hash=checked, matches=matches, now=at, new_hash=new_hash)


def test_a_registration_opens_the_account() -> None:
    command = RegisterUser(7, "alice", "alice@example.com", "hash", NOW)
    accounts.given().when(lambda user: domain.register(user, command)).then(registered)


def test_a_right_password_logs_in() -> None:
    accounts.given(registered).when(lambda user: domain.log_in(user, log_in())).then(logged_in(NOW))


def test_a_wrong_password_is_counted() -> None:
    accounts.given(registered).when(lambda user: domain.log_in(user, log_in(matches=False))).then(failed)


def test_the_fifth_wrong_password_in_a_row_locks_for_a_quarter_of_an_hour() -> None:
    before = [registered, *[failed] * 4]
    accounts.given(*before).when(lambda user: domain.log_in(user, log_in(matches=False))).then(failed, locked)


def test_a_login_between_wrong_passwords_starts_the_count_again() -> None:
    before = [registered, *[failed] * 4, logged_in(NOW)]
    accounts.given(*before).when(lambda user: domain.log_in(user, log_in(matches=False))).then(failed)


def test_a_locked_account_refuses_the_right_password_too() -> None:
    outcome = accounts.given(registered, locked).when(lambda user: domain.log_in(user, log_in()))
    outcome.raises(domain.AccountIsLocked)
    assert outcome.error is not None
    assert outcome.error.headers == {"Retry-After": "900"}
    assert outcome.error.details == [{"field": "expires_at", "message": "2026-01-01T12:15:00.000Z"}]


def test_a_lock_ends_at_its_time() -> None:
    at = NOW + domain.LOCK_FOR
    accounts.given(registered, locked).when(lambda user: domain.log_in(user, log_in(at=at))).then(logged_in(at))


def test_after_a_lock_five_more_wrong_passwords_are_needed() -> None:
    at = NOW + domain.LOCK_FOR
    before = [registered, *[failed] * 5, locked]
    accounts.given(*before).when(lambda user: domain.log_in(user, log_in(matches=False, at=at))).then(failed)


def test_a_password_compared_with_an_older_hash_does_not_log_in() -> None:
    changed = events.PasswordChanged(user_id=7, password_hash="newer")
    accounts.given(registered, changed).when(lambda user: domain.log_in(user, log_in())).raises(domain.WrongPassword)


def test_a_login_replaces_a_hash_with_outdated_parameters() -> None:
    rehashed = events.PasswordRehashed(user_id=7, password_hash="strong")
    outcome = accounts.given(registered).when(lambda user: domain.log_in(user, log_in(new_hash="strong")))
    outcome.then(logged_in(NOW), rehashed)


def test_a_disabled_account_does_not_log_in() -> None:
    disabled = events.AccountDisabled(user_id=7, reason="")
    outcome = accounts.given(registered, disabled).when(lambda user: domain.log_in(user, log_in()))
    outcome.raises(domain.AccountIsDisabled)


def test_a_logout_ends_a_token_of_the_same_millisecond() -> None:
    outcome = accounts.given(registered, logged_in(NOW)).when(
        lambda user: domain.log_out(user, LogOut(7, issued_at=NOW, now=NOW))
    )
    outcome.then(revoked(NOW + MS))


def test_a_token_issued_in_the_millisecond_of_the_logout_still_holds() -> None:
    before = [registered, logged_in(NOW), revoked(NOW + MS)]
    accounts.given(*before).when(lambda user: domain.log_in(user, log_in(at=NOW))).then(logged_in(NOW + MS))


def test_a_revocation_covers_tokens_of_a_replica_whose_clock_is_ahead() -> None:
    ahead = NOW + timedelta(seconds=3)
    outcome = accounts.given(registered, logged_in(ahead)).when(
        lambda user: domain.log_out(user, LogOut(7, issued_at=ahead, now=NOW))
    )
    outcome.then(revoked(ahead + MS))


def test_a_repeated_logout_spares_a_newer_login() -> None:
    before = [registered, logged_in(NOW), revoked(NOW + MS), logged_in(NOW + 2 * MS)]
    accounts.given(*before).when(lambda user: domain.log_out(user, LogOut(7, NOW, NOW + 3 * MS))).then()


def test_a_changed_password_ends_every_session() -> None:
    command = ChangePassword(7, checked_hash="hash", matches=True, new_hash="newer", now=NOW)
    changed = events.PasswordChanged(user_id=7, password_hash="newer")
    accounts.given(registered).when(lambda user: domain.change_password(user, command)).then(changed, revoked(NOW))


def test_a_wrong_current_password_changes_nothing() -> None:
    command = ChangePassword(7, checked_hash="hash", matches=False, new_hash="newer", now=NOW)
    outcome = accounts.given(registered).when(lambda user: domain.change_password(user, command))
    outcome.raises(domain.WrongCurrentPassword)


def test_a_profile_change_records_the_whole_profile() -> None:
    avatar = events.AvatarChanged(user_id=7, username="alice", avatar_key="avatars/7-a.jpg")
    outcome = accounts.given(registered, avatar).when(
        lambda user: domain.update_profile(user, UpdateProfile(7, {"bio": "AI艺术爱好者"}))
    )
    outcome.then(
        events.ProfileUpdated(
            user_id=7,
            username="alice",
            email="alice@example.com",
            bio="AI艺术爱好者",
            website="",
            location="",
            avatar_key="avatars/7-a.jpg",
        )
    )


def test_a_profile_change_that_changes_nothing_is_no_event() -> None:
    command = UpdateProfile(7, {"username": "alice"})
    accounts.given(registered).when(lambda user: domain.update_profile(user, command)).then()


def test_an_avatar_is_told_with_the_name_it_goes_with() -> None:
    changed = events.AvatarChanged(user_id=7, username="alice", avatar_key="avatars/7-b.jpg")
    command = ChangeAvatar(7, "avatars/7-b.jpg")
    accounts.given(registered).when(lambda user: domain.change_avatar(user, command)).then(changed)


def test_an_imported_account_is_one_like_any_other() -> None:
    command = ImportUser(7, "alice", "alice@example.com", "$2b$", NOW)
    imported = events.UserImported(
        user_id=7, username="alice", email="alice@example.com", password_hash="$2b$", registered_at=NOW
    )
    accounts.given().when(lambda user: domain.import_user(user, command)).then(imported)
    outcome = accounts.given(imported).when(
        lambda user: domain.log_in(user, log_in(checked="$2b$", new_hash="$argon2"))
    )
    outcome.then(logged_in(NOW), events.PasswordRehashed(user_id=7, password_hash="$argon2"))
