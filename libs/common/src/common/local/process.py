"""Child processes that never outlive their parent, and bounded waiting for what they promise."""

import functools
import os
import queue
import random
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from pathlib import Path

_LAUNCHER = Path(__file__).with_name("launch.py")
_POLL_SECONDS = 0.02


class ServerMissing(RuntimeError):
    """The server's program is not on this machine; the message says how to get it."""


class ServerFailed(RuntimeError):
    """The server's program is here but does not serve; the message says why."""


def free_port() -> int:
    """A loopback TCP port nobody listens on.

    Drawn below the range from which the kernel serves outgoing connections and ``bind(0)``, so that nobody is
    handed the port between this call and the server's own bind.
    """
    for _ in range(200):
        port = random.randint(15_000, 22_000)  # noqa: S311 - not a secret
        if port_is_free(port):
            return port
    raise ServerFailed("no free TCP port between 15000 and 22000 on 127.0.0.1")


def port_is_free(port: int) -> bool:
    """Whether a server could listen on 127.0.0.1:``port`` now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def wait_for(condition: Callable[[], bool], *, seconds: float, what: str) -> None:
    """Poll ``condition`` until it holds; raise ``ServerFailed`` naming ``what`` after ``seconds``."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise ServerFailed(f"{what} took longer than {seconds:g} s")
        time.sleep(_POLL_SECONDS)


class Child:
    """A running command: in its own session (Ctrl-C passes it by), killed when this process dies."""

    def __init__(self, command: list[str], *, log: Path, cwd: Path, env: Mapping[str, str] | None = None) -> None:
        """Start ``command`` (absolute path first); the log of the run before is kept beside it as ``*.1``."""
        self.log = log
        if log.exists():
            log.replace(log.with_name(log.name + ".1"))
        launch = [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), *command]
        self._process = _spawn(launch, log, cwd, env)

    @property
    def pid(self) -> int:
        """Process id; stays the same for the whole life of the command."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether the command has not ended."""
        return self._process.poll() is None

    @property
    def exit_code(self) -> int | None:
        """What it ended with, negative for a signal; none while it runs."""
        return self._process.poll()

    def terminate(self, *, grace_seconds: float = 15) -> None:
        """Ask it to end (SIGTERM), wait, and kill it if it has not ended after ``grace_seconds``."""
        if self.running:
            self._process.terminate()
        try:
            self._process.wait(grace_seconds)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self) -> None:
        """End it at once (SIGKILL), as a crash would."""
        if self.running:
            self._process.kill()
        self._process.wait()

    def last_words(self) -> str:
        """The last line of its output that is not blank, or an empty string."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return next((line.strip() for line in reversed(lines) if line.strip()), "")


def _spawn(command: list[str], log: Path, cwd: Path, env: Mapping[str, str] | None) -> subprocess.Popen[bytes]:
    """Start ``command`` from the thread that lives as long as this process."""
    started: Future[subprocess.Popen[bytes]] = Future()

    def start() -> None:
        try:
            with log.open("wb") as output:
                started.set_result(
                    subprocess.Popen(  # noqa: S603 - the commands are ours
                        command,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=subprocess.STDOUT,
                        cwd=cwd,
                        env=env,
                        start_new_session=True,
                    )
                )
        except OSError as error:
            started.set_exception(error)

    _spawner(os.getpid()).put(start)
    return started.result()


@functools.cache
def _spawner(_process_id: int) -> "queue.SimpleQueue[Callable[[], None]]":
    """Work for a thread that never ends: the parent-death signal comes when the forking *thread* dies."""
    work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def serve() -> None:
        while True:
            work.get()()

    threading.Thread(target=serve, name="local-server-spawner", daemon=True).start()
    return work
