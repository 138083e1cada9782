"""The worker: some lanes, each taking one task after another."""

import asyncio

from common.cancelling import cancelled
from common.labelling import Darkroom
from common.mongo import inserts
from common.objects import ObjectStore
from common.service import supervise
from generation.engines.base import Engine
from generation.handlers import Aggregates
from generation.painting.attempt import Attempt
from generation.painting.claims import claimed
from generation.painting.storing import Storing

ASK_AGAIN_SECONDS = 2  # more than a lane needs to give its task back, less than whoever stops the worker waits


class Worker:
    """Works off the queue, up to `lanes` tasks at once and `abreast` pictures of each.

    Any number of workers may share the queue; killed ones lose their tasks after `lease_seconds`.
    """

    def __init__(
        self,
        aggregates: Aggregates,
        engine: Engine,
        objects: ObjectStore,
        darkroom: Darkroom,
        *,
        lanes: int,
        lease_seconds: float,
        abreast: int = 1,
    ) -> None:
        self._aggregates = aggregates
        self._engine = engine
        self._storing = Storing(objects, engine.name)
        self._darkroom = darkroom
        self._lanes = lanes
        self._lease_seconds = lease_seconds
        self._abreast = abreast

    async def run(self) -> None:
        """Work for ever; a task being painted when this is cancelled is free for the next worker at once."""
        lanes = [asyncio.create_task(supervise("generation lane", self._lane)) for _ in range(self._lanes)]
        try:
            await asyncio.wait(lanes)
        finally:  # not a TaskGroup: it asks its tasks to end only once
            await cancelled(*lanes, ask_again=ASK_AGAIN_SECONDS)

    async def _lane(self) -> None:
        async with inserts(self._aggregates.store.db, "tasks") as wait:
            while True:
                await wait()
                while await self.work_once():
                    pass

    async def work_once(self) -> bool:
        """Take the next task and see it through; false when there is none."""
        async with claimed(self._aggregates, self._lease_seconds) as claim:
            if claim is None:
                return False
            task, lease = claim
            if task.order is not None:
                attempt = Attempt(
                    task,
                    task.order,
                    lease,
                    aggregates=self._aggregates,
                    engine=self._engine,
                    storing=self._storing,
                    darkroom=self._darkroom,
                    abreast=self._abreast,
                )
                await attempt.run()
            return True
