"""Processes that paint, so that the event loop stays free. Progress and the wish to stop go through shared memory."""

import asyncio
import ctypes
import multiprocessing
import os
import signal
import threading
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import Any

from generation.engines.base import EngineFailed, JobCancelled, OnProgress, Picture

LOOK_SECONDS = 0.2  # how often progress is read

Paint = Callable[[Any, Callable[[float], None]], Picture]


class _Stopped(Exception):
    """Raised inside a painter when its job is to stop."""


class _Board:
    """One place for each job: its progress from 0 to 1, and whether it is to stop."""

    progress: Any = None
    stop: Any = None


def _enter(progress: Any, stop: Any) -> None:
    """Begin a painter: end with the parent even when that is killed, and leave Ctrl-C to it."""
    _Board.progress, _Board.stop = progress, stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Wait for the pipe that closes when the parent is gone, however it went; on every platform."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
    os._exit(1)


def _run(paint: Paint, brief: Any, place: int) -> Picture | None:
    """Paint in this painter; none when told to stop."""

    def tell(part: float) -> None:
        _Board.progress[place] = part
        if _Board.stop[place]:
            raise _Stopped

    try:
        return paint(brief, tell)
    except _Stopped:
        return None


class Painters:
    """At most `number` jobs at once, each in a process of its own; started with the first job."""

    def __init__(self, number: int) -> None:
        self._context = multiprocessing.get_context("spawn")
        self._progress = self._context.RawArray(ctypes.c_double, number)
        self._stop = self._context.RawArray(ctypes.c_bool, number)
        self._number = number
        self._pool: ProcessPoolExecutor | None = None
        self._places: asyncio.Queue[int] = asyncio.Queue()
        for place in range(number):
            self._places.put_nowait(place)

    async def paint(self, paint: Paint, brief: Any, on_progress: OnProgress, cancelled: asyncio.Event) -> Picture:
        """Run `paint(brief, tell)` in a painter; both are pickled. See `Engine.paint` for the contract."""
        place = await self._places.get()
        self._progress[place], self._stop[place] = 0.0, False
        pool = self._running_pool()
        try:
            future = asyncio.wrap_future(pool.submit(_run, paint, brief, place))
        except BrokenProcessPool as error:
            self._places.put_nowait(place)
            self._discard(pool)
            raise EngineFailed(repr(error)) from error
        future.add_done_callback(lambda _: self._places.put_nowait(place))
        try:
            await self._watch(future, place, on_progress, cancelled)
        finally:
            self._stop[place] = not future.done()
        return self._picture(future, pool)

    async def _watch(
        self, future: asyncio.Future[Picture | None], place: int, on_progress: OnProgress, cancelled: asyncio.Event
    ) -> None:
        while not future.done():
            self._stop[place] = cancelled.is_set()
            await asyncio.wait([future], timeout=LOOK_SECONDS)
            await on_progress(self._progress[place])

    def _picture(self, future: asyncio.Future[Picture | None], pool: ProcessPoolExecutor) -> Picture:
        error = future.exception()
        if isinstance(error, BrokenProcessPool):
            self._discard(pool)
        if error is not None:
            raise EngineFailed(repr(error)) from error
        picture = future.result()
        if picture is None:
            raise JobCancelled
        return picture

    def _running_pool(self) -> ProcessPoolExecutor:
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                self._number, self._context, initializer=_enter, initargs=(self._progress, self._stop)
            )
        return self._pool

    def _discard(self, pool: ProcessPoolExecutor) -> None:
        """Drop a broken pool; the next job starts a new one."""
        pool.shutdown(wait=False, cancel_futures=True)
        if self._pool is pool:
            self._pool = None

    async def close(self) -> None:
        """End the painters; what they are painting is lost, and painted again by the next attempt."""
        pool, self._pool = self._pool, None
        if pool is not None:
            for place in range(self._number):
                self._stop[place] = True
            await asyncio.to_thread(pool.shutdown, wait=True, cancel_futures=True)
