"""One function per command: load, decide, append."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from pymongo.errors import DuplicateKeyError

from auth import domain
from auth.commands import (
    ChangeAvatar,
    ChangePassword,
    ClearProfile,
    DisableAccount,
    EnableAccount,
    FollowUser,
    GrantRole,
    ImportUser,
    LogIn,
    LogOut,
    RegisterUser,
    UpdateProfile,
)
from auth.domain import Follow, User
from common.event_store import Decide, EventStore, Streams
from common.events import Event
from common.mongo import Session, next_id


@dataclass(frozen=True)
class Accounts:
    """The streams that decisions are made on."""

    store: EventStore
    users: Streams[User]
    follows: Streams[Follow]

    @classmethod
    def of(cls, store: EventStore) -> "Accounts":
        """The streams of a store."""
        users = Streams(store, "user", User(), domain.evolve, snapshots=1)
        return cls(store, users, Streams(store, "follow", Follow(), domain.evolve_follow))


async def next_user_id(accounts: Accounts) -> int:
    """A user id that was never used before."""
    return await next_id(accounts.store.db, "users")


async def register_user(command: RegisterUser, accounts: Accounts) -> None:
    """Raises `UserExists`, `ContentViolation`."""
    await _unique(command.user_id, partial(domain.register, command=command), accounts)


async def import_user(command: ImportUser, accounts: Accounts) -> None:
    """Raises `UserExists`."""
    await _unique(command.user_id, partial(domain.import_user, command=command), accounts)


async def update_profile(command: UpdateProfile, accounts: Accounts) -> None:
    """Raises `UserExists`, `ContentViolation`."""
    await _unique(command.user_id, partial(domain.update_profile, command=command), accounts)


async def change_avatar(command: ChangeAvatar, accounts: Accounts) -> str | None:
    """Returns the key of the picture that was replaced, if there was one."""
    return await _replacing(command.user_id, partial(domain.change_avatar, command=command), accounts)


async def clear_profile(command: ClearProfile, accounts: Accounts) -> str | None:
    """Returns the key of the picture that was removed, if there was one."""
    return await _replacing(command.user_id, domain.clear_profile, accounts)


async def _replacing(user_id: int, decide: Decide[User], accounts: Accounts) -> str | None:
    """Update a user; returns the key of the picture from before."""
    before: str | None = None

    def noting(user: User) -> Sequence[Event]:
        nonlocal before
        before = user.avatar_key
        return decide(user)

    await accounts.users.update(user_id, noting)
    return before


async def _unique(user_id: int, decide: Decide[User], accounts: Accounts) -> None:
    """Update a user; the unique indexes of the view `users` say what another account holds."""
    try:
        await accounts.users.update(user_id, decide)
    except DuplicateKeyError as error:
        raise domain.UserExists from error


async def log_in(command: LogIn, accounts: Accounts) -> User:
    """Returns the account, whose `last_issued_at` is for the token.

    Raises:
        WrongPassword: and the failure is counted.
        AccountIsLocked: too many failures before; this one does not count.
        AccountIsDisabled: the password was right.
    """
    user = await accounts.users.update(command.user_id, partial(domain.log_in, command=command))
    if not command.matches:
        raise domain.WrongPassword
    return user


async def log_out(command: LogOut, accounts: Accounts) -> None:
    """End the caller's sessions."""
    await accounts.users.update(command.user_id, partial(domain.log_out, command=command))


async def change_password(command: ChangePassword, accounts: Accounts) -> None:
    """Raises `WrongCurrentPassword`."""
    await accounts.users.update(command.user_id, partial(domain.change_password, command=command))


async def grant_role(command: GrantRole, accounts: Accounts) -> User:
    """The account after; raises `UserNotFound` or `OwnAccount`."""
    return await accounts.users.update(command.user_id, partial(domain.grant_role, command=command))


async def disable_account(command: DisableAccount, accounts: Accounts) -> User:
    """The closed account; raises `UserNotFound` or `OwnAccount`."""
    return await accounts.users.update(command.user_id, partial(domain.disable, command=command))


async def enable_account(command: EnableAccount, accounts: Accounts) -> User:
    """The account, open again; raises `UserNotFound`."""
    return await accounts.users.update(command.user_id, partial(domain.enable, command=command))


async def follow_user(command: FollowUser, accounts: Accounts) -> Follow:
    """Returns the pair as it is after; raises `UserNotFound` or `FollowsOneself`."""

    async def both(session: Session) -> Follow:
        followee = await accounts.users.load(command.followee_id, session=session)
        if not followee.id:
            raise domain.UserNotFound
        key = f"{command.follower_id}-{command.followee_id}"
        return await accounts.follows.update(key, partial(domain.follow, command=command), session=session)

    return await accounts.store.transact(both)
