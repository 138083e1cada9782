"""The administrator's command line: `python -m auth.admin --help`."""

import argparse
import asyncio
from collections.abc import Awaitable, Callable, Sequence

from pymongo.errors import ConnectionFailure

from auth import handlers, projections
from auth.bootstrap import open_store, utc_now
from auth.commands import DisableAccount, EnableAccount, GrantRole
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


ACTIONS: dict[str, Action] = {"promote": _promote, "demote": _demote, "disable": _disable, "enable": _enable}


async def run(url: str, database: str, action: str, username: str) -> str:
    """Do it; returns a sentence that says what was done.

    Raises:
        SystemExit: with a sentence that says why not: no such user, or the database does not answer.
    """
    store = open_store(url, database)
    try:
        await store.prepare()
        return await _act(store, action, username)
    except (Unavailable, ConnectionFailure) as error:
        raise SystemExit("Nothing was done: the database does not answer (setting MONGODB_URL).") from error
    finally:
        await store.db.client.close()


async def promote(url: str, database: str, username: str) -> str:
    """`promote` for the embedded mode's command line; see `run`."""
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
    said = asyncio.run(run(settings.mongodb_url.get_secret_value(), settings.database, asked.action, asked.username))
    print(said)  # noqa: T201  (a command line's answer)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m auth.admin",
        description="Administer accounts. Reads MONGODB_URL and AUTH_DATABASE (default: auth) from the environment.",
    )
    commands = parser.add_subparsers(dest="action", required=True, metavar="command")
    for name, action in ACTIONS.items():
        command = commands.add_parser(name, help=action.__doc__, description=action.__doc__)
        command.add_argument("username", help="user name or e-mail address, without regard to case")
    return parser


if __name__ == "__main__":
    main()
