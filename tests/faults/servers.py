"""The real servers that are faulted: MongoDB, RabbitMQ, SeaweedFS and scripted ComfyUIs, each to be killed by name."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import httpx

from common.local.mongod import Mongod
from common.local.process import Child, ServerFailed, free_port
from common.local.rabbitmq import RabbitMQ
from common.local.rabbitmq_install import find_rabbitmq
from common.local.seaweedfs import S3Address, SeaweedFS
from common.local.server import LocalServer

DISK_MB = 256
PAINTERS = ("comfyui", "comfyui#2")
ROOT = Path(__file__).parents[2]


class ComfyUI(LocalServer):
    """A scripted ComfyUI as a child process."""

    name = "ComfyUI"
    grace_seconds = 1

    def __init__(self, data_dir: Path) -> None:
        super().__init__(data_dir)
        self.port = free_port()

    def start(self) -> None:
        """Start, and wait until it listens."""
        if self.pid:
            return
        self._prepare_folder()
        command = [sys.executable, "-m", "faults.comfyui", str(self.port)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests")}
        self._child = Child(command, log=self.data_dir / "comfyui.log", cwd=ROOT, env=environment)
        self._wait(self._answers, "the first answer")

    def _answers(self) -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{self.port}/system_stats", timeout=2).status_code == 200
        except httpx.HTTPError:
            return False


class Disk:
    """The object store's own small disk: a tmpfs where this user may mount one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.mounted = False

    def mount(self) -> None:
        """Mount it; `mounted` says whether that was allowed."""
        self.folder.mkdir(parents=True, exist_ok=True)
        size = f"size={DISK_MB}m,mode=0700"
        command = ["mount", "-t", "tmpfs", "-o", size, "faults", str(self.folder)]
        self.mounted = os.geteuid() == 0 and subprocess.run(command, check=False, capture_output=True).returncode == 0

    def fill(self) -> None:
        """Leave nothing."""
        with suppress(OSError), (self.folder / "filler").open("wb", buffering=0) as file:
            for size in (2**20, 2**12):
                with suppress(OSError):
                    while file.write(bytes(size)):
                        pass

    def clear(self) -> None:
        """Give the space back."""
        (self.folder / "filler").unlink(missing_ok=True)

    def unmount(self) -> None:
        """Take it away."""
        if self.mounted:
            subprocess.run(["umount", "-l", str(self.folder)], check=False, capture_output=True)


class FaultServers:
    """What `common.testing.servers.Servers` offers to a stage, of servers that belong to it alone."""

    def __init__(self, folder: Path) -> None:
        self.mongodb = Mongod(folder / "mongodb")
        self.rabbitmq = RabbitMQ(folder / "rabbitmq")
        self.disk = Disk(folder / "disk")
        self.s3store = SeaweedFS(folder / "disk" / "s3")
        self.painters = {name: ComfyUI(folder / name) for name in PAINTERS}
        self._space = "%2F"

    @property
    def by_name(self) -> dict[str, LocalServer]:
        """Every server, by the name that faults and links call it."""
        return {"mongodb": self.mongodb, "rabbitmq": self.rabbitmq, "s3": self.s3store, **self.painters}

    @property
    def mongo_url(self) -> str:
        """See `Servers`."""
        return self.mongodb.url

    @property
    def rabbitmq_url(self) -> str:
        """See `Servers`."""
        return f"{self.rabbitmq.url.removesuffix('%2F')}{self._space}"

    @property
    def s3(self) -> S3Address:
        """See `Servers`."""
        return self.s3store.address

    @property
    def ports(self) -> dict[str, int]:
        """The port of each server."""
        urls = {"mongodb": self.mongo_url, "rabbitmq": self.rabbitmq_url, "s3": self.s3.endpoint}
        found = {name: urlsplit(url).port or 0 for name, url in urls.items()}
        return {**found, **{name: painter.port for name, painter in self.painters.items()}}

    def start(self) -> None:
        """Start all of them."""
        self.disk.mount()
        for server in self.by_name.values():
            server.start()

    def stop(self) -> None:
        """Stop all of them."""
        for server in self.by_name.values():
            server.stop()
        self.disk.unmount()

    def fresh_broker_space(self, name: str) -> None:
        """From now on a virtual host of its own, without queues."""
        self.rabbitmqctl("add_vhost", name)
        self.rabbitmqctl("set_permissions", "-p", name, "creation", ".*", ".*", ".*")
        self._space = name

    @property
    def space(self) -> str:
        """The virtual host in use."""
        return "/" if self._space == "%2F" else self._space

    def rabbitmqctl(self, *arguments: str) -> str:
        """Ask the broker's own command line; what it says.

        Raises:
            ServerFailed: it could not be done; the message says why.
        """
        environment = self.rabbitmq._environment()
        command = [str(find_rabbitmq() / "bin" / "rabbitmqctl"), "--quiet", *arguments]
        done = subprocess.run(command, env=environment, check=False, capture_output=True, text=True, timeout=60)
        if done.returncode:
            raise ServerFailed(f"rabbitmqctl {' '.join(arguments)}: {done.stderr.strip()[-300:]}")
        return done.stdout
