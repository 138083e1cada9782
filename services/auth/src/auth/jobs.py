"""The operators' jobs of auth: accounts, beside what every service has."""

import argparse
import asyncio
import sys
from collections.abc import Callable
from getpass import getpass

from pydantic import ValidationError

from auth import admin, handlers, projections
from auth.adapters.passwords import Passwords
from auth.api.bodies import Registration
from auth.bootstrap import utc_now
from auth.commands import ClearProfile, GrantRole, RegisterUser
from auth.domain import UserExists
from auth.settings import Settings
from common.command import Job
from common.errors import Invalid, Unavailable
from common.jobs import operator_job
from common.moderation import ContentViolation
from common.objects import PUBLIC
from common.operations import Operations


def account_jobs(opened: Callable[[Settings], Operations]) -> list[Job[Settings]]:
    """Create an administrator; promote, demote, disable, enable, rename somebody, end sessions, clear a profile."""
    creating = Job(
        "create-admin",
        "Register an administrator; the password is asked for, or read from a pipe.",
        _create,
        _somebody_new,
    )
    clearing = operator_job(
        opened,
        "clear-profile",
        "Remove what a user shows: picture, bio, website, location.",
        _clear_profile,
        admin.somebody,
    )
    return [creating, clearing, *(_acting(name, action.__doc__ or "") for name, action in admin.ACTIONS.items())]


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
        except ContentViolation as error:
            raise SystemExit(f"Nobody was registered: {error.message}") from None
        await handlers.grant_role(GrantRole(user_id, "admin", now), accounts)
        return f"User {person.username} (id {user_id}) is registered, and an administrator."


async def _clear_profile(service: Operations, asked: argparse.Namespace) -> str:
    """The picture goes from the object store at once, or by the sweep; browsers may show what they have kept."""
    account = await projections.account_named(service.store.db, asked.username)
    if account is None:
        raise SystemExit(f"There is no user {asked.username!r}.")
    key = await handlers.clear_profile(ClearProfile(account["_id"]), handlers.Accounts.of(service.store))
    said = f"User {account['username']} (id {account['_id']}) shows no picture, bio, website or location."
    try:
        if key is not None:
            await service.neighbours.pictures.delete(PUBLIC, key)
    except Unavailable:
        return f"{said} The object store is away: `sweep` removes the picture."
    return said


def _password() -> str:
    return getpass("Password: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")


def _reason(error: ValidationError | Invalid) -> str:
    if isinstance(error, Invalid):
        return error.message
    return "; ".join(f"{problem['loc'][0]}: {problem['msg']}" for problem in error.errors())


def _somebody_new(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("username")
    parser.add_argument("email")
