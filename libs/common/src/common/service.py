"""A service's life: prepare (indexes, queues), run (HTTP and background loops), stop."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import structlog
import uvicorn
from fastapi import FastAPI

from common import logs, metrics, telemetry
from common.cancelling import cancelled
from common.http.draining import DrainingServer
from common.http.protocol import EnvelopeProtocol
from common.messaging import Messaging
from common.settings import ServiceSettings

log = structlog.get_logger()

REQUEST_GRACE = 20  # seconds

Step = Callable[[], Awaitable[None]]


@dataclass
class Service:
    """What a `bootstrap.py` builds.

    `prepare` (the store's indexes) runs before the first request, `loops` until the end, `close` after it.
    `measures` set the gauges that must be looked up, whenever somebody asks for the metrics; none may fail.
    Auth's key set is fetched before the first token comes, so that who runs goes on when auth is away.
    A neighbour that is down must fail a loop, which is started again, and not a preparation.
    """

    name: str
    app: FastAPI
    prepare: Sequence[Step] = ()
    loops: Sequence[Step] = ()
    close: Sequence[Step] = ()
    measures: Sequence[Step] = ()
    messaging: Messaging | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Prepare, then start the loops; one that fails is logged, counted and started again."""
        for step in self.prepare:
            await step()
        relay = [self.messaging.relay.measure] if self.messaging is not None else []
        self.app.state.measures = [*relay, *self.measures]
        verifier = getattr(self.app.state, "verifier", None)
        learning = [verifier.learn] if verifier is not None else []
        for loop in (*learning, *self.loops):
            name = f"{self.name} {getattr(loop, '__qualname__', 'loop')}"
            self._tasks.append(asyncio.create_task(supervise(name, loop), name=name))

    async def stop(self) -> None:
        """End the loops, then close connections."""
        await cancelled(*self._tasks)
        for step in self.close:
            await step()


async def supervise(name: str, loop: Step) -> None:
    """Run `loop`; begin it again after a failure, with growing pauses from 0.2 to 10 s. Ends when it returns."""
    pause = 0.2
    while True:
        started = asyncio.get_running_loop().time()
        try:
            return await loop()
        except Exception as error:
            metrics.LOOP_FAILURES.labels(name).inc()
            log.error("loop_failed", loop=name, error=repr(error), seconds=pause, exc_info=error)
        lived = asyncio.get_running_loop().time() - started
        pause = 0.2 if lived > 30 else min(pause * 2, 10.0)
        await asyncio.sleep(pause)


def serve(service: Service, settings: ServiceSettings) -> None:
    """Serve one service in this process until SIGTERM or Ctrl-C.

    Then it says that it is not ready, and serves `DRAIN_SECONDS` longer; then requests in flight have `REQUEST_GRACE`
    and the batch of messages being handled has `common.rabbit.GRACE`.
    """
    signal.signal(signal.SIGTERM, _leave)  # until uvicorn takes it over, and once more when it has served
    logs.configure(service.name, settings.log_level)
    telemetry.start(settings, service.name)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await service.start()
        log.info("started", service=service.name, port=settings.port)
        yield
        await service.stop()
        telemetry.stop()

    service.app.router.lifespan_context = lifespan
    service.app.state.most_at_once = settings.most_at_once
    config = uvicorn.Config(
        service.app,
        host=settings.host,
        port=settings.port,
        http=EnvelopeProtocol,
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=REQUEST_GRACE,
        proxy_headers=False,
    )
    DrainingServer(config, service.app, settings.drain_seconds).run()


def _leave(_signal: int, _frame: object) -> None:
    """Having been told to stop is no failure."""
    sys.exit(0)
