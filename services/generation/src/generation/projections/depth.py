"""The depth of the queue as gauges, read from the database when they are asked for: every replica says the same."""

import asyncio
import math
from contextlib import suppress
from datetime import UTC, datetime

from pymongo.errors import PyMongoError

from common.mongo import Database
from generation import metrics
from generation.domain.tasks import Status
from generation.projections import queue

MEASURE_SECONDS = 2.0
STATES = (Status.PENDING.value, Status.PROCESSING.value)


async def measure(db: Database) -> None:
    """Set the gauges of the queue; to no number while the database does not say."""
    depths, age = dict.fromkeys(STATES, math.nan), math.nan
    with suppress(PyMongoError, TimeoutError):
        async with asyncio.timeout(MEASURE_SECONDS):
            depths |= await queue.depths(db)
            since = await queue.oldest(db)
        age = max(0.0, (datetime.now(UTC) - since).total_seconds()) if since is not None else 0.0
    for state, tasks in depths.items():
        metrics.QUEUE_TASKS.labels(state).set(tasks)
    metrics.OLDEST_WAITING.set(age)
