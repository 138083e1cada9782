"""A server that leaves in order: first it says that it is not ready, then it waits to be forgotten, then it ends."""

import asyncio
import socket

import structlog
import uvicorn
from fastapi import FastAPI

log = structlog.get_logger()


class DrainingServer(uvicorn.Server):
    """Uvicorn that, told to stop, serves `drain_seconds` longer.

    Meanwhile `/health/ready` is 503, so that a balancer sends elsewhere, and every answer closes its connection. Only
    then no connection is accepted any more, and requests in flight have uvicorn's grace.
    """

    def __init__(self, config: uvicorn.Config, app: FastAPI, drain_seconds: float) -> None:
        super().__init__(config)
        self._app = app
        self._drain_seconds = drain_seconds

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.shutdown`."""
        self._app.state.draining = True
        if self._drain_seconds:
            log.info("draining", seconds=self._drain_seconds)
            self.server_state.default_headers = [*self.server_state.default_headers, (b"connection", b"close")]
            await asyncio.sleep(self._drain_seconds)
        await super().shutdown(sockets)
