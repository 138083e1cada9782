"""A real HTTP server on loopback inside a test's own loop, for what a transport without sockets cannot show."""

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn


class Loopback:
    """Serves an ASGI app on `port`, or on a free one that it keeps; `start` and `drop` it any number of times."""

    def __init__(self, app: Any, port: int = 0) -> None:
        self.port = port
        self._app = app
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; returns when it answers."""
        listening = socket.socket(proto=socket.IPPROTO_TCP)  # lest asyncio leave Nagle on for what it accepts
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        self._server = _Server(uvicorn.Config(self._app, ws="websockets-sansio", log_config=None, lifespan="off"))
        self._serving = asyncio.create_task(self._server.serve([listening]))
        await self._server.answering.wait()

    async def drop(self) -> None:
        """End at once, without a goodbye to any client."""
        if self._server is None or self._serving is None:
            return
        self._server.drop()
        await self._serving
        self._server = None


class _Server(uvicorn.Server):
    """Uvicorn that leaves signals alone, says when it answers, and can vanish."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.answering = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave them to the tests."""
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.startup`."""
        await super().startup(sockets)
        self.answering.set()

    def drop(self) -> None:
        """See `Loopback.drop`."""
        self.should_exit = self.force_exit = True
        for connection in list(self.server_state.connections):
            transport = connection.transport
            if transport is not None:
                transport.abort()
