"""The pool of ComfyUI servers: what operators wish (`pool_servers`), and what each worker last saw (`pool_reports`).

Reports are transient: not folded from events, and gone a minute after the worker that wrote them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from pymongo import ASCENDING, IndexModel, UpdateOne

from common.events import Recorded
from common.mongo import Database, Document
from common.projections import View
from generation.events import ServerDrained, ServerReopened

LIFE_SECONDS = 60


def fold(server: Document | None, recorded: Recorded) -> Document | None:
    """The server's document after the event."""
    match recorded.event:
        case ServerDrained() as event:
            return {"draining": True, "since": event.drained_at}
        case ServerReopened() as event:
            return {"draining": False, "since": event.reopened_at}
        case _:
            return server


POOL_SERVERS = View("pool_servers", "server", fold)


async def draining(db: Database) -> frozenset[str]:
    """The addresses of the servers that operators have taken out."""
    return frozenset([server["_id"] async for server in db.pool_servers.find({"draining": True}, {"_id": 1})])


async def prepare(db: Database) -> None:
    """Let old reports end; safe to repeat."""
    await db.pool_reports.create_indexes([IndexModel([("updated_at", ASCENDING)], expireAfterSeconds=LIFE_SECONDS)])


async def report(db: Database, worker: str, states: Sequence[Mapping[str, Any]]) -> None:
    """Note how a worker sees its servers; each state has a `url`, the rest is shown as it is."""
    writes = [
        UpdateOne(
            {"_id": f"{worker} {state['url']}"},
            {"$set": {"worker": worker, **state}, "$currentDate": {"updated_at": True}},
            upsert=True,
        )
        for state in states
    ]
    if writes:
        await db.pool_reports.bulk_write(writes, ordered=False)


async def withdrawn(db: Database, worker: str) -> None:
    """Forget what a worker that ends has reported."""
    await db.pool_reports.delete_many({"worker": worker})


async def reports(db: Database) -> list[Document]:
    """Each worker's view of each server, by server.

    `url`, `worker`, `up`, `breaker` (closed, open, half_open), `loaded` (checkpoint or none), `running` (jobs of this
    worker there), `queued` (everybody's), `draining`, `version`, `checkpoints` (their number), `lacks` (sentences that
    say why the graph cannot run there), `jobs` (ids of what is painted there, anybody's), `updated_at`.
    """
    return await db.pool_reports.find({}, {"_id": 0}).sort([("url", ASCENDING), ("worker", ASCENDING)]).to_list()
