"""PyMongo's async client against Motor, on this suite's hot path: one transaction that reads, inserts and replaces.

Run: .tools/bin/uv run --group bench python bench/driver.py
Prints the median of each driver's rounds (taken in turn, so that a drifting machine hurts both) and their ratio.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from motor.motor_asyncio import AsyncIOMotorClient
from pymongo import AsyncMongoClient
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from common.local.mongod import Mongod

MAJORITY = WriteConcern("majority")


async def one(client: Any, session: Any, stream: int, number: int) -> None:
    db = client.bench
    await db.events.find({"stream": stream}, session=session).sort("number", 1).to_list(None)
    await db.events.insert_one({"stream": stream, "number": number, "data": "x" * 200}, session=session)
    await db.view.replace_one({"_id": stream}, {"n": number, "text": "y" * 500}, upsert=True, session=session)


async def pymongo_write(client: Any, stream: int, number: int) -> None:
    async with client.start_session() as session:
        await session.with_transaction(
            lambda s: one(client, s, stream, number),
            read_concern=ReadConcern("snapshot"),
            write_concern=MAJORITY,
        )


async def motor_write(client: Any, stream: int, number: int) -> None:
    async with await client.start_session() as session:
        await session.with_transaction(
            lambda s: one(client, s, stream, number),
            read_concern=ReadConcern("snapshot"),
            write_concern=MAJORITY,
        )


async def round_of(write: Any, client: Any, writers: int, each: int, offset: int) -> float:
    async def writer(stream: int) -> None:
        for number in range(each):
            await write(client, stream, number)

    started = time.perf_counter()
    await asyncio.gather(*(writer(offset + n) for n in range(writers)))
    return writers * each / (time.perf_counter() - started)


async def compare(url: str, rounds: int, writers: int, each: int) -> None:
    asynchronous: Any = AsyncMongoClient(url)
    motor: Any = AsyncIOMotorClient(url)
    await asynchronous.bench.events.create_index([("stream", 1), ("number", 1)], unique=True)
    await asynchronous.bench.view.insert_one({"_id": -1})
    rates: dict[str, list[float]] = {"pymongo": [], "motor": []}
    for turn in range(rounds + 1):  # the first warms up
        for name, write, client in (("pymongo", pymongo_write, asynchronous), ("motor", motor_write, motor)):
            offset = turn * 10_000 + (5_000 if name == "motor" else 0)
            rate = await round_of(write, client, writers, each, offset)
            if turn:
                rates[name].append(rate)
    ratios = [a / b for a, b in zip(rates["pymongo"], rates["motor"], strict=True)]
    for name, found in rates.items():
        print(f"{name:8} {statistics.median(found):7.0f} transactions/s (median of {rounds})")
    print(f"ratio    {statistics.median(ratios):7.2f} ({min(ratios):.2f} to {max(ratios):.2f})")
    await asynchronous.close()
    motor.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--writers", type=int, default=16)
    parser.add_argument("--each", type=int, default=20)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Mongod(Path(folder)) as server:
        asyncio.run(compare(server.url, asked.rounds, asked.writers, asked.each))


if __name__ == "__main__":
    main()
