"""What auth removes when nobody needs it any more."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from auth.projections import USERS
from common.event_store import EventStore
from common.events import UnknownEvent
from common.objects import PUBLIC, ObjectStore
from common.sweeps import Sweep, standard_sweeps, unreferenced

AVATARS = (PUBLIC, "avatars/")


def sweeps(store: EventStore, objects: ObjectStore, grace: timedelta) -> list[Sweep]:
    """Pictures that were replaced while the object store was down, or never used, and what every service has."""
    loose = unreferenced(store.db, objects, AVATARS, grace, lambda: partial(needed, store), name="avatars")
    return [*standard_sweeps(store), loose]


async def needed(store: EventStore, keys: Sequence[str]) -> set[str]:
    """Those of these avatars (`avatars/<user>-<token>.jpg`) that stay: what a user has now, by the user's events.

    Those of a user whom the log does not know, or whose events cannot be read, all stay.
    """
    staying = set()
    for key in keys:
        user = key.removeprefix(AVATARS[1]).partition("-")[0]
        try:
            account = USERS.expected(await store.read(f"user-{user}"))
        except UnknownEvent:
            account = None
        if account is None or account["avatar_key"] == key:
            staying.add(key)
    return staying
