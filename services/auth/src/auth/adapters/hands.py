"""Work that takes much memory: so much at a time, so much waiting, and no more."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from common import metrics
from common.http.overload import Overloaded

Result = TypeVar("Result")


class Hands:
    """A few threads of their own: `at_once` pieces of work are done, `waiting` more wait for them.

    Whose request is cancelled meanwhile makes no room before the work has ended, since its memory is in use until then.
    """

    def __init__(self, name: str, at_once: int, waiting: int) -> None:
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix=name)
        self._places = threading.BoundedSemaphore(at_once + waiting)

    async def do(self, work: Callable[[], Result]) -> Result:
        """What the work returns or raises, done off the event loop.

        Raises:
            Overloaded: at once, as many wait as may.
        """
        if not self._places.acquire(blocking=False):
            metrics.SHED.labels("auth").inc()
            raise Overloaded
        job: Future[Result] = self._threads.submit(work)
        job.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(job)

    async def close(self) -> None:
        """Finish what is being done; what waits is not begun."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)
