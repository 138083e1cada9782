"""What the event store costs above its floor: `Streams.update` against the same documents written by hand.

Run: make bench
Both sides write one event and one view document in one majority transaction, in turn in the same run, so that the ratio
holds on a machine whose speed drifts. `streams` spreads writers over that many streams: 1 is the worst case.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from common.event_store import EventStore, Streams
from common.events import Codec
from common.local.mongod import Mongod
from common.mongo import Database, connect, transact
from common.testing.pile import PILES, Added, Emptied, Noted, Pile, evolve

Write = Callable[[int, int], Awaitable[object]]


def by_hand(db: Database) -> Write:
    """The floor: the same two writes, without streams, folding or metrics."""

    async def write(key: int, number: int) -> None:
        async def work(session: object) -> None:
            await db.raw_events.insert_one({"stream": f"pile-{key}", "number": number, "data": 1}, session=session)  # type: ignore[arg-type]
            await db.raw_view.replace_one({"_id": key}, {"total": number}, upsert=True, session=session)  # type: ignore[arg-type]

        await transact(db, work)

    return write


def by_store(piles: Streams[Pile]) -> Write:
    """Load, fold, decide, append, project."""

    async def write(key: int, _number: int) -> Pile:
        return await piles.update(key, lambda _: [Added(amount=1)])

    return write


async def rate(write: Write, writers: int, streams: int, each: int, offset: int) -> float:
    """Writes a second."""

    async def writer(n: int) -> None:
        for number in range(each):
            await write(offset + (n % streams), n * each + number)

    started = time.perf_counter()
    await asyncio.gather(*(writer(n) for n in range(writers)))
    return writers * each / (time.perf_counter() - started)


async def compare(url: str, rounds: int, writers: int, each: int) -> None:
    """Print a line for each number of streams."""
    db = connect(url, "bench")
    store = EventStore(db, Codec(Added, Emptied, Noted), [PILES])
    await store.prepare()
    await db.raw_events.create_index([("stream", 1), ("number", 1)])
    await db.raw_view.insert_one({"_id": -1})
    sides = (("store", by_store(Streams(store, "pile", Pile(), evolve))), ("floor", by_hand(db)))
    print(f"{writers} writers, {each} writes each, median of {rounds} rounds")
    for streams in (writers, 4, 1):
        rates: dict[str, list[float]] = {"store": [], "floor": []}
        for turn in range(rounds + 1):
            for name, write in sides:
                found = await rate(write, writers, streams, each, (streams * 1000 + turn) * 1000)
                if turn:
                    rates[name].append(found)
        ratios = [a / b for a, b in zip(rates["store"], rates["floor"], strict=True)]
        print(
            f"{streams:3} streams: store {statistics.median(rates['store']):6.0f}/s, "
            f"floor {statistics.median(rates['floor']):6.0f}/s, ratio {statistics.median(ratios):.2f}"
        )
    await db.client.close()


def main() -> None:
    """Measure on a MongoDB of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--each", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Mongod(Path(folder)) as server:
        asyncio.run(compare(server.url, asked.rounds, asked.writers, asked.each))


if __name__ == "__main__":
    main()
