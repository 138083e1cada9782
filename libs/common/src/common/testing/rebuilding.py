"""Read models rebuilt from the log must come out the same: a hash of every document, before and after."""

import hashlib
from collections.abc import Sequence

from bson import json_util

from common.event_store import EventStore
from common.mongo import Database


async def content_hash(db: Database, collections: Sequence[str]) -> str:
    """SHA-256 over all documents of these collections, in the order of their ids."""
    digest = hashlib.sha256()
    for name in collections:
        documents = [json_util.dumps(d, sort_keys=True) async for d in db[name].find()]
        for document in sorted(documents):
            digest.update(f"{name}\n{document}\n".encode())
    return digest.hexdigest()


async def rebuilt(store: EventStore, *, emptied: bool) -> str:
    """Rebuild every view of a store, after deleting its documents where `emptied`; returns the hash after."""
    for view in store.views:
        if emptied:
            await store.db[view.name].delete_many({})
        await view.rebuild(store)
    return await content_hash(store.db, [view.name for view in store.views])
