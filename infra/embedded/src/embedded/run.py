"""Start the suite: check, start MongoDB, serve, and stop in the reverse order."""

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
import uvloop
from starlette.types import ASGIApp

from common import logs, telemetry
from common.http.protocol import EnvelopeProtocol
from common.local.mongod import Mongod
from embedded.settings import Settings
from embedded.suite import Suite, build, log_file


class CannotStart(Exception):
    """Something of the machine stands in the way; the message is a sentence."""


def run(settings: Settings) -> None:
    """Serve until Ctrl-C or SIGTERM.

    Raises:
        CannotStart, ServerMissing, ServerFailed: with one sentence each.
    """
    begun = time.monotonic()
    _say("创想引擎 is starting …")
    listening = _listen(settings.host, settings.port)
    _claim_folder(settings.data_dir)
    logs.configure("suite", settings.log_level, file=log_file(settings))
    telemetry.start(settings, "creation-engine", messaging_system="in_process")
    with _mongodb(settings) as mongodb_url:
        suite = build(settings, mongodb_url)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_serve(suite, settings, listening, begun))
    _say("创想引擎 has stopped.")


def address_file(settings: Settings) -> Path:
    """Where a running suite notes its database's address, for the command line of the same user."""
    return settings.data_dir / "secrets" / "mongodb-url"


@contextmanager
def _mongodb(settings: Settings) -> Iterator[str]:
    if settings.mongodb_url is not None:
        yield _noted(settings, settings.mongodb_url.get_secret_value())
        return
    _say("  MongoDB …")
    with Mongod(settings.data_dir / "mongodb") as server:
        yield _noted(settings, server.url)


def _noted(settings: Settings, url: str) -> str:
    path = address_file(settings)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(url)
    return url


def _listen(host: str, port: int) -> socket.socket:
    """Take the port at once, so that a taken one is said before anything is started."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)  # so that asyncio turns Nagle off
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((host, port))
    except OSError as error:
        listening.close()
        raise CannotStart(
            f"port {port} on {host} cannot be used ({error.strerror}); stop what uses it or choose another: "
            f"PORT={port + 1} make run"
        ) from None
    return listening


def _claim_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".probe"
        probe.write_text("")
        probe.unlink()
    except OSError as error:
        raise CannotStart(
            f"the data folder {folder.absolute()} cannot be written to ({error.strerror}); choose another: "
            "DATA_DIR=/some/folder make run"
        ) from None


async def _serve(suite: Suite, settings: Settings, listening: socket.socket, begun: float) -> None:
    """Start the services, answer requests until a signal comes, and stop the services again."""
    _say("  services …")
    try:
        await suite.start()
        for number in (signal.SIGINT, signal.SIGTERM):  # uvicorn raises what stopped it once more, after the fact
            signal.signal(number, lambda *_: None)
        server = _Server(suite.app, lambda: _say(_welcome(settings, time.monotonic() - begun)))
        await server.serve(sockets=[listening])
        _say("Stopping …")
    finally:
        await suite.stop()
        telemetry.stop()


class _Server(uvicorn.Server):
    """Uvicorn that says when it has begun to answer."""

    def __init__(self, app: ASGIApp, answering: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http=EnvelopeProtocol,
                ws="none",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                lifespan="off",
                timeout_graceful_shutdown=10,
            )
        )
        self._answering = answering

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """See `uvicorn.Server.startup`."""
        await super().startup(sockets)
        if self.started:
            self._answering()


def _welcome(settings: Settings, seconds: float) -> str:
    base = settings.public_url
    return f"""
创想引擎 is ready after {seconds:.1f} s.

  API          {base}/api          (try: curl {base}/api/works/gallery)
  Tour         README.md, pasted line by line
  Health       {base}/health/ready
  Data         {settings.data_dir.absolute()}
  Log          {log_file(settings).absolute()}
  Admin        make admin USER=<name>   makes a registered user an administrator
  Stop         Ctrl-C
"""


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  (the terminal is this command's user interface)
