"""RabbitMQ as a child process: a private broker that shares nothing with a system-wide one."""

import os
import shutil
import socket
from pathlib import Path

from common.local.process import Child, ServerMissing, free_port
from common.local.rabbitmq_install import find_rabbitmq
from common.local.server import LocalServer

_USER = "creation"
_NODE = "creation@localhost"  # part of the stored data, hence the same at every start
_PROTOCOL_HEADER = b"AMQP\x00\x00\x09\x01"
_START_SECONDS = 90
_CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{port}
default_user = {user}
default_pass = {password}
default_permissions.configure = .*
default_permissions.read = .*
default_permissions.write = .*
loopback_users = none
log.console = true
log.console.level = info
log.file = false
disk_free_limit.absolute = 50MB
"""
# Everything on loopback; and schedulers that sleep instead of spinning leave the processor to the tests.
_ERLANG_ARGUMENTS = "-kernel inet_dist_use_interface {127,0,0,1} +sbwt none +sbwtdcpu none +sbwtdio none"


class RabbitMQ(LocalServer):
    """A broker with its own node name, ports, port mapper (epmd), cookie, user and data."""

    name = "RabbitMQ"

    def __init__(self, data_dir: Path) -> None:
        """Keep everything in ``data_dir``. The port stays the same for the life of this object."""
        super().__init__(data_dir)
        self._port = self._distribution_port = self._epmd_port = 0
        self._epmd: Child | None = None

    @property
    def url(self) -> str:
        """Address with credentials and the virtual host ``/``; valid from ``start`` on."""
        return f"amqp://{_USER}:{self._secret('password')}@127.0.0.1:{self._port}/%2F"

    def start(self) -> str:
        """Start, wait until the broker talks AMQP, and return the URL.

        Raises ``ServerMissing`` where RabbitMQ is not installed and ``ServerFailed`` when it cannot serve.
        """
        if self.pid:
            return self.url
        home = find_rabbitmq()
        self._prepare_folder()
        self._choose_ports()
        self._start_epmd()
        command = [str(home / "bin" / "rabbitmq-server")]
        log = self.data_dir / "rabbitmq.log"
        self._child = Child(command, log=log, cwd=self.data_dir, env=self._environment())
        try:
            self._wait(lambda: talks_amqp("127.0.0.1", self._port), "the first answer", seconds=_START_SECONDS)
        except BaseException:
            self.kill()
            self._stop_epmd()
            raise
        return self.url

    def stop(self) -> None:
        """Stop cleanly, the port mapper too."""
        super().stop()
        self._stop_epmd()

    def kill(self) -> None:
        """End the broker as a crash would; the port mapper stays.

        RabbitMQ saves the name of a new quorum queue half a second after its declaration. Killed before that, it
        starts the queue anew: empty and without a leader. ``queue_is_saved`` tells when a test may kill.
        """
        super().kill()

    def queue_is_saved(self, queue: str) -> bool:
        """Whether the quorum queue of this (plain ASCII) name would survive a crash now."""
        names = self.data_dir / "mnesia" / "data" / "quorum" / _NODE / "names.dets"
        return names.exists() and f"_{queue}".encode() in names.read_bytes()

    def _choose_ports(self) -> None:
        if not self._port:
            self._port, self._distribution_port, self._epmd_port = free_port(), free_port(), free_port()

    def _start_epmd(self) -> None:
        """Run the Erlang port mapper as our own child: the one that RabbitMQ would start outlives it."""
        if self._epmd and self._epmd.running:
            return
        epmd = shutil.which("epmd")
        if epmd is None:
            raise ServerMissing("RabbitMQ needs Erlang's epmd on PATH: install the package erlang-base")
        command = [epmd, "-address", "127.0.0.1", "-port", str(self._epmd_port)]
        self._epmd = Child(command, log=self.data_dir / "epmd.log", cwd=self.data_dir)

    def _stop_epmd(self) -> None:
        epmd, self._epmd = self._epmd, None
        if epmd:
            epmd.kill()

    def _environment(self) -> dict[str, str]:
        """Ours only: what the machine has set for its own RabbitMQ or Erlang must not leak in."""
        here = self.data_dir
        config = _CONFIG.format(port=self._port, user=_USER, password=self._secret("password"))
        return {
            "PATH": os.environ.get("PATH", os.defpath),
            "LANG": "C.UTF-8",
            "HOME": str(here),  # for .erlang.cookie
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            "RABBITMQ_NODENAME": _NODE,
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_CONFIG_FILE": str(self._write_private("rabbitmq.conf", config)),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(here / "advanced.config"),
            "RABBITMQ_CONF_ENV_FILE": str(here / "rabbitmq-env.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self._write_private("enabled_plugins", "[].\n")),
            "RABBITMQ_GENERATED_CONFIG_DIR": str(here / "config"),
            "RABBITMQ_SCHEMA_DIR": str(here / "schema"),
            "RABBITMQ_LOG_BASE": str(here / "log"),
            "RABBITMQ_MNESIA_BASE": str(here / "mnesia"),
            "RABBITMQ_MNESIA_DIR": str(here / "mnesia" / "data"),
            "RABBITMQ_PID_FILE": str(here / "rabbitmq.pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": _ERLANG_ARGUMENTS,
            "RUNNING_UNDER_SYSTEMD": "true",  # the script then becomes the broker instead of watching it
        }


def talks_amqp(host: str, port: int) -> bool:
    """Whether a broker that is ready for connections answers the protocol header."""
    try:
        with socket.create_connection((host, port), timeout=2) as connection:
            connection.sendall(_PROTOCOL_HEADER)
            return bool(connection.recv(1))
    except OSError:
        return False
