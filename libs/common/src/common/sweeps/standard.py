"""Sweeps that every service has: inboxes, idempotency records, leases of the killed, documents without a stream."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from common import idempotency
from common.consumers import INBOX_LIFE
from common.event_store import EventStore
from common.mongo import Database
from common.sweeps.sweep import Garbage, Sweep

LEASES_LIVE = timedelta(days=1)


def standard_sweeps(store: EventStore) -> list[Sweep]:
    """Those of a service with this store."""
    return [
        expiring(store.db, "inbox", "at", INBOX_LIFE, "ids of messages that no broker delivers again"),
        expiring(store.db, "idempotency", "at", idempotency.LIFE, "answers kept for repeated requests"),
        _leases(store.db),
        *([_strays(store)] if store.views else []),
    ]


def expiring(db: Database, collection: str, field: str, after: timedelta, removes: str) -> Sweep:
    """Documents that an index of the database ends `after` the moment in `field`; only those overdue are reported."""

    async def find(before: datetime) -> AsyncIterator[Garbage]:
        overdue = {field: {"$lt": before - OVERDUE}}
        async for document in db[collection].find(overdue, {field: 1}):
            yield Garbage(document["_id"], document[field])

    return Sweep(collection, removes, after, find)


OVERDUE = timedelta(hours=1)  # the server looks for expired documents once a minute, and takes its time when busy


def _leases(db: Database) -> Sweep:
    async def find(before: datetime) -> AsyncIterator[Garbage]:
        async for lease in db.leases.find({"until": {"$lt": before}}):
            yield Garbage((lease["_id"], lease["until"]), lease["until"])

    async def remove(garbage: Garbage) -> None:
        name, until = garbage.id
        await db.leases.delete_one({"_id": name, "until": until})

    return Sweep("leases", "leases that ran out with their killed owners", LEASES_LIVE, find, remove)


def _strays(store: EventStore) -> Sweep:
    async def find(_before: datetime) -> AsyncIterator[Garbage]:
        for view in store.views:
            async for identity in view.strays(store):
                yield Garbage((view.name, identity))

    async def remove(garbage: Garbage) -> None:
        name, identity = garbage.id
        await store.db[name].delete_one({"_id": identity})

    return Sweep("strays", "documents of read models without a stream", timedelta(0), find, remove)
