"""Runs a service's sweeps: on a schedule, and on an operator's word."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog
from pymongo.errors import DuplicateKeyError, PyMongoError

from common import metrics
from common.context import new_id
from common.errors import Conflict
from common.mongo import Database, Document, drop_lease, now_of, take_lease
from common.sweeps.sweep import Outcome, Sweep

log = structlog.get_logger()

LEASE = "sweeps"
LEASE_SECONDS = 60.0
LOOK_SECONDS = 60.0
TRY_AGAIN = timedelta(hours=1)  # after an attempt that failed, or that its process did not outlive
SCHEDULE = "schedule"


class SweepsRunning(Conflict):
    """Another process is sweeping at this moment."""

    message = "another process is sweeping; try again when it has ended"


class Sweeper:
    """Runs the sweeps of one database, one process at a time; `every` 0 leaves them to operators.

    Ages are measured by the database's clock. What was done stands in the collection `sweeps`, so that the schedule
    outlives restarts; an attempt is noted before it is made, so that a process that dies of it does not begin again
    as soon as it is back.
    """

    def __init__(self, db: Database, sweeps: Sequence[Sweep], every: timedelta) -> None:
        self._db = db
        self._sweeps = sweeps
        self._every = every
        self._me = new_id()
        self._leased_at = 0.0

    async def run(self) -> None:
        """Sweep whenever it is time, for ever."""
        while True:
            if self._every and await self._its_turn():
                with suppress(SweepsRunning):
                    await self.sweep()
            await self._note_successes()
            await asyncio.sleep(LOOK_SECONDS)

    async def sweep(self, names: Sequence[str] = (), *, dry_run: bool = False) -> list[Outcome]:
        """Run the sweeps of these names, or all; a dry run only finds. One that fails does not keep the others.

        Raises:
            SweepsRunning: another process does so now.
        """
        chosen = [sweep for sweep in self._sweeps if not names or sweep.name in names]
        if dry_run:
            return [await self._one(sweep, dry_run=True) for sweep in chosen]
        await self._hold_lease()
        try:
            outcomes = [await self._one(sweep, dry_run=False) for sweep in chosen]
            if not names and not any(outcome.error for outcome in outcomes):
                await self._note(SCHEDULE, {"at": await now_of(self._db)})
            return outcomes
        finally:
            self._leased_at = 0.0
            with suppress(PyMongoError):  # it runs out by itself
                await drop_lease(self._db, LEASE, self._me)

    async def _one(self, sweep: Sweep, *, dry_run: bool) -> Outcome:
        outcome = Outcome(sweep)
        try:
            async for garbage in sweep.find(await now_of(self._db) - sweep.after):
                outcome.count(garbage)
                if sweep.remove is not None and not dry_run:
                    await self._hold_lease()
                    await sweep.remove(garbage)
                    outcome.removed += 1
                    outcome.removed_size += garbage.size
        except Exception as error:
            outcome.error = f"{type(error).__name__}: {error}"
            metrics.SWEEP_FAILURES.labels(self._db.name, sweep.name).inc()
            log.error("sweep_failed", service=self._db.name, sweep=sweep.name, error=repr(error), exc_info=error)
        if not dry_run:
            await self._report(outcome)
        return outcome

    async def _report(self, outcome: Outcome) -> None:
        name, service = outcome.sweep.name, self._db.name
        metrics.SWEPT.labels(service, name).inc(outcome.removed)
        metrics.SWEPT_BYTES.labels(service, name).inc(outcome.removed_size)
        log.info("swept", service=service, sweep=name, found=outcome.found, removed=outcome.removed, bytes=outcome.size)
        did = {"found": outcome.found, "removed": outcome.removed, "bytes": outcome.size, "error": outcome.error}
        moment = await now_of(self._db)
        await self._note(name, {"at": moment, **did, **({} if outcome.error else {"succeeded_at": moment})})

    async def _note(self, name: str, fields: dict[str, object]) -> None:
        await self._db.sweeps.update_one({"_id": name}, {"$set": fields}, upsert=True)

    async def _its_turn(self) -> bool:
        """Whether it is time, and this process the one that has now noted its attempt."""
        now = await now_of(self._db)
        done: Document = {"$or": [{"at": None}, {"at": {"$lte": now - self._every}}]}
        tried: Document = {"tried_at": {"$not": {"$gt": now - min(TRY_AGAIN, self._every)}}}
        attempt = {"$set": {"tried_at": now}}
        try:
            await self._db.sweeps.update_one({"_id": SCHEDULE, **done, **tried}, attempt, upsert=True)
        except DuplicateKeyError:  # it is there, and does not say so
            return False
        return True

    async def _note_successes(self) -> None:
        """The last success of each sweep, whichever replica had it."""
        names = [sweep.name for sweep in self._sweeps]
        async for noted in self._db.sweeps.find({"_id": {"$in": names}, "succeeded_at": {"$exists": True}}):
            at: datetime = noted["succeeded_at"]
            metrics.SWEEP_SUCCEEDED.labels(self._db.name, noted["_id"]).set(at.timestamp())

    async def _hold_lease(self) -> None:
        """Ours for at least another half of its life. Raises `SweepsRunning` where it is another's."""
        moment = time.monotonic()
        if moment > self._leased_at + LEASE_SECONDS / 2 or not self._leased_at:
            if not await take_lease(self._db, LEASE, self._me, LEASE_SECONDS):
                raise SweepsRunning
            self._leased_at = moment
