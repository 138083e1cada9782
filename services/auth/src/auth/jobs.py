"""The operators' jobs of auth: accounts, beside what every service has."""

import argparse
import asyncio
import sys
from getpass import getpass

from pydantic import ValidationError

from auth import admin, handlers
from auth.adapters.passwords import Passwords
from auth.api.bodies import Registration
from auth.bootstrap import utc_now
from auth.commands import GrantRole, RegisterUser
from auth.domain import UserExists
from auth.settings import Settings
from common.command import Job
from common.errors import Invalid


def account_jobs() -> list[Job[Settings]]:
    """Create an administrator; promote, demote, disable, enable somebody, end somebody's sessions."""
    creating = Job(
        "create-admin",
        "Register an administrator; the password is asked for, or read from a pipe.",
        _create,
        _somebody_new,
    )
    return [creating, *(_acting(name, action.__doc__ or "") for name, action in admin.ACTIONS.items())]


def _acting(name: str, does: str) -> Job[Settings]:
    async def run(settings: Settings, asked: argparse.Namespace) -> str:
        return await admin.run(settings.mongodb_url.get_secret_value(), settings.database, name, asked.username)

    return Job(name, does, run, admin.somebody)


async def _create(settings: Settings, asked: argparse.Namespace) -> str:
    async with admin.opened(settings.mongodb_url.get_secret_value(), settings.database) as store:
        accounts = handlers.Accounts.of(store)
        try:
            password = await asyncio.to_thread(_password)
            person = Registration.model_validate(
                {"username": asked.username, "email": asked.email, "password": password}
            )
            settings.blocklist.check(person.password, "password")
        except (ValidationError, Invalid) as error:
            raise SystemExit(f"Nobody was registered: {_reason(error)}") from None
        now = utc_now()
        user_id = await handlers.next_user_id(accounts)
        digest = await Passwords().hash(person.password)
        try:
            await handlers.register_user(RegisterUser(user_id, person.username, person.email, digest, now), accounts)
        except UserExists:
            raise SystemExit("Nobody was registered: the name or the e-mail address is taken.") from None
        await handlers.grant_role(GrantRole(user_id, "admin", now), accounts)
        return f"User {person.username} (id {user_id}) is registered, and an administrator."


def _password() -> str:
    return getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _reason(error: ValidationError | Invalid) -> str:
    if isinstance(error, Invalid):
        return error.message
    return "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors())


def _somebody_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username")
    parser.add_argument("email")
