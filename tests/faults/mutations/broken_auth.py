"""Broken builds of auth."""

import importlib
import itertools
import os
from typing import Any


def registration_forgotten() -> None:
    """Every third registration is acknowledged and forgotten."""
    handlers = importlib.import_module("auth.handlers")
    register, number = handlers.register_user, itertools.count(1)

    async def register_user(command: Any, accounts: Any) -> None:
        if next(number) % 3:
            await register(command, accounts)

    handlers.register_user = register_user


def follow_forgotten() -> None:
    """A follow is acknowledged and forgotten."""
    handlers = importlib.import_module("auth.handlers")

    async def follow_user(command: Any, _accounts: Any) -> Any:
        return handlers.Follow(following=bool(command.wished))

    handlers.follow_user = follow_user


def logout_ends_the_process() -> None:
    """Whoever logs out takes the process with them."""

    async def log_out(*_: Any) -> None:
        os._exit(3)

    importlib.import_module("auth.handlers").log_out = log_out


def users_not_followed() -> None:
    """The read model of users stays as it was at the first login."""
    view = importlib.import_module("common.projections").View
    follow = view.follow

    async def at_first(self: Any, log: Any, stream: str, news: Any, session: Any) -> None:
        if self.name != "users" or news[0].number <= 2:
            await follow(self, log, stream, news, session)

    view.follow = at_first


def marked_before_published() -> None:
    """Each event is marked published first; the fourth registration is then lost, as by a crash at that moment.

    Earlier ones would be told again, in answer to the history that services ask for when they start.
    """
    relay = importlib.import_module("common.relay")
    registrations = itertools.count(1)

    def crashes(envelope: Any) -> bool:
        return "UserRegistered" in envelope.key and next(registrations) == 4

    async def publish_batch(self: Any) -> int:
        waiting = await self._store.unpublished(relay.BATCH)
        envelopes = [e for e in (relay.to_envelope(r, self._tells) for r in waiting) if e is not None]
        await self._store.mark_published(waiting)
        await self._bus.publish([envelope for envelope in envelopes if not crashes(envelope)])
        return len(waiting)

    relay.Relay.publish_batch = publish_batch
