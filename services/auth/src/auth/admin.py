"""The administrator's command line: `python -m auth.admin --help`."""

import argparse
import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from pymongo.errors import ConnectionFailure

from auth import handlers, importing, projections
from auth.bootstrap import open_store, utc_now
from auth.commands import DisableAccount, EnableAccount, GrantRole, LogOut, UpdateProfile
from auth.handlers import Accounts
from auth.settings import DatabaseSettings
from common.errors import Unavailable
from common.event_store import EventStore
from common.mongo import Document
from common.settings import load

Action = Callable[[Document, Accounts], Awaitable[str]]


async def _promote(account: Document, accounts: Accounts) -> str:
    """Make an account an administrator's."""
    if account["role"] == "admin":
        return "is an administrator already; nothing was changed"
    await handlers.grant_role(GrantRole(account["_id"], "admin", utc_now()), accounts)
    return "is an administrator from the next login on"


async def _demote(account: Document, accounts: Accounts) -> str:
    """Make an administrator an ordinary user again."""
    if account["role"] != "admin":
        return "is no administrator; nothing was changed"
    await handlers.grant_role(GrantRole(account["_id"], "user", utc_now()), accounts)
    return "is an ordinary user; all sessions were ended"


async def _disable(account: Document, accounts: Accounts) -> str:
    """Close an account and end its sessions."""
    await handlers.disable_account(DisableAccount(account["_id"], utc_now()), accounts)
    return "is disabled; all sessions were ended"


async def _enable(account: Document, accounts: Accounts) -> str:
    """Open a disabled account again."""
    await handlers.enable_account(EnableAccount(account["_id"]), accounts)
    return "may log in"


async def _end_sessions(account: Document, accounts: Accounts) -> str:
    """End all sessions of an account, which stays open."""
    now = utc_now()
    await handlers.log_out(LogOut(account["_id"], issued_at=now, now=now), accounts)
    return "has to log in again; all sessions were ended"


async def _clear_name(account: Document, accounts: Accounts) -> str:
    """Give a user another name, `user_<id>_<six digits or letters>`, who may choose a new one."""
    name = f"user_{account['_id']}_{secrets.token_hex(3)}"
    await handlers.update_profile(UpdateProfile(account["_id"], {"username": name}), accounts)
    return f"is {name} from now on, and logs in with it or with the e-mail address"


ACTIONS: dict[str, Action] = {
    "promote": _promote,
    "demote": _demote,
    "disable": _disable,
    "enable": _enable,
    "end-sessions": _end_sessions,
    "clear-name": _clear_name,
}


async def run(url: str, database: str, action: str, username: str) -> str:
    """Do it; returns a sentence that says what was done.

    Raises:
        SystemExit: with a sentence that says why not: no such user, or the database does not answer.
    """
    async with opened(url, database) as store:
        return await _act(store, action, username)


async def run_import(url: str, database: str, file: Path) -> str:
    """Take over the accounts of a file; returns sentences that say what was done.

    Raises:
        SystemExit: with sentences: nothing was done, since the file or the database cannot be read, or some accounts
            were refused (the others are in).
    """
    people = importing.read(file)
    async with opened(url, database) as store:
        outcome = await importing.take_over(people, Accounts.of(store))
    if outcome.refused:
        raise SystemExit(str(outcome))
    return str(outcome)


@asynccontextmanager
async def opened(url: str, database: str) -> AsyncIterator[EventStore]:
    """Auth's store, for a job; a database that does not answer ends the process with a sentence."""
    store = open_store(url, database)
    try:
        await store.prepare()
        yield store
    except (Unavailable, ConnectionFailure) as error:
        raise SystemExit("The database does not answer (setting MONGODB_URL); it is safe to try again.") from error
    finally:
        await store.db.client.close()


async def promote(url: str, database: str, username: str) -> str:
    """Make an account an administrator's; see `run`."""
    return await run(url, database, "promote", username)


async def _act(store: EventStore, action: str, username: str) -> str:
    account = await projections.account_named(store.db, username)
    if account is None:
        raise SystemExit(f"There is no user {username!r}.")
    return f"User {account['username']} (id {account['_id']}) {await ACTIONS[action](account, Accounts.of(store))}."


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line, do it, say what was done."""
    asked = _parser().parse_args(arguments)
    settings = load(DatabaseSettings)
    url = settings.mongodb_url.get_secret_value()
    if asked.action == "import":
        said = asyncio.run(run_import(url, settings.database, asked.file))
    else:
        said = asyncio.run(run(url, settings.database, asked.action, asked.username))
    print(said)  # noqa: T201  (a command line's answer)


def somebody(parser: argparse.ArgumentParser) -> None:
    """The argument of each action."""
    parser.add_argument("username", help="user name or e-mail address, without regard to case")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m auth.admin",
        description="Administer accounts. Reads MONGODB_URL and AUTH_DATABASE (default: auth) from the environment.",
    )
    commands = parser.add_subparsers(dest="action", required=True, metavar="command")
    for name, action in ACTIONS.items():
        command = commands.add_parser(name, help=action.__doc__, description=action.__doc__)
        somebody(command)
    command = commands.add_parser("import", help="Take over accounts.", description=importing.__doc__)
    command.add_argument("file", type=Path, help="JSON Lines: username, email, password_hash (bcrypt), created_at")
    return parser


if __name__ == "__main__":
    main()
