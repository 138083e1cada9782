"""The stage of the faults: two replicas of everything, a link of its own between any two, clocks that can jump."""

import asyncio
import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import libfaketime  # type: ignore[import-untyped]
from stages import ROOT, SERVICES, DistributedStage, answers, clean_environment

from common.local.process import Child, ServerFailed, free_port, wait_for
from common.local.traefik import Traefik
from faults.proxy import Link
from faults.servers import PAINTERS, FaultServers
from gateway.traefik import dynamic_config, render

WORKER = "generation.worker"
REPLICAS = tuple(f"{name}{number}" for name in (*SERVICES, WORKER) for number in ("", "#2"))
LEASE_SECONDS = 4
START_SECONDS = 240
EDGE = "traefik"
CLOCK = Path(libfaketime.__file__).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"


class FaultStage(DistributedStage):
    """`DistributedStage`, doubled and wired through links. `settings` are given to every process besides."""

    servers: FaultServers  # type: ignore[assignment]

    def __init__(
        self, folder: Path, servers: FaultServers, settings: Mapping[str, str], replicas: tuple[str, ...] = REPLICAS
    ) -> None:
        super().__init__(folder, servers)  # type: ignore[arg-type]
        self.replicas = replicas
        self.settings = settings
        self.links: dict[tuple[str, str], Link] = {}
        self._runs = itertools.count(1)
        self.down: set[str] = set()
        self.ended: list[str] = []

    async def open(self) -> None:
        """Start everything; the servers run already."""
        self.edge_port = free_port()
        for name in self.replicas:
            self.ports[name] = free_port()
        for name in self.replicas:
            for server, port in self.servers.ports.items():
                await self._link(name, server, port)
            await self._link(EDGE, name, self.ports[name])
        await self._link(EDGE, "s3", self.servers.ports["s3"])
        await asyncio.to_thread(self.start)

    async def close(self) -> None:
        """Stop everything but the servers."""
        await asyncio.to_thread(self.stop)
        for link in self.links.values():
            await link.close()

    def start(self) -> None:
        """Start the processes and the edge, and wait until all are ready."""
        for name in self.replicas:
            self._spawn(name)
        (self.folder / "dynamic").mkdir()
        self.edge = Traefik(self.folder / "traefik", self.folder / "dynamic", port=self.edge_port)
        self.write_edge()
        for name in self.replicas:
            self._wait_until_ready(name)
        self.edge.start()
        wait_for(self.serves, seconds=START_SECONDS, what="the edge")

    def stop(self) -> None:
        """Stop everything. Nothing is wanted of it any more, so nobody is given time to finish."""
        self.edge.stop()
        for child in self.processes.values():
            child.kill()

    def serves(self) -> bool:
        """Whether the edge answers."""
        return answers(f"{self.url}/api/works/gallery")

    def write_edge(self) -> None:
        """Tell Traefik where everything is: at the other end of its links."""
        addresses = {"media": [self._through(EDGE, "s3")]}
        for name in SERVICES:
            running = [n for n in self.replicas if n.partition("#")[0] == name]
            addresses[name] = [self._through(EDGE, n) for n in running]
        draft = self.folder / "dynamic.draft"
        draft.write_text(render(dynamic_config(addresses, self.edge.policy_url)))
        draft.replace(self.folder / "dynamic" / "dynamic.yml")

    async def revive(self, *names: str) -> None:
        """Start again what was killed, and wait until it serves."""
        for name in names:
            if name not in self.processes:
                server = self.edge if name == EDGE else self.servers.by_name[name]
                await asyncio.to_thread(server.start)
            elif not self.processes[name].running:
                self._spawn(name)
        for name in names:
            if name in self.processes:
                await asyncio.to_thread(self._wait_until_ready, name)
            self.down.discard(name)

    async def whole(self) -> None:
        """Wait until everything serves; what has ended by itself is noted and started again."""
        for name in self.replicas:
            if not self.processes[name].running:
                self.ended.append(f"{name} ended by itself: {self.processes[name].last_words()[-300:]}")
            await self.revive(name)
        await asyncio.to_thread(wait_for, self.serves, seconds=START_SECONDS, what="the edge")

    def freeze(self, name: str) -> None:
        """SIGSTOP of a process or server."""
        os.kill(self._pid(name), signal.SIGSTOP)

    def thaw(self, name: str) -> None:
        """SIGCONT."""
        os.kill(self._pid(name), signal.SIGCONT)

    def kill(self, name: str) -> None:
        """`kill -9` of a process or server."""
        self.down.add(name)
        if name == EDGE:
            self.edge.kill()
        elif name in self.servers.by_name:
            self.servers.by_name[name].kill()
        else:
            self.kill_process(name)

    def operate(self, service: str, *arguments: str) -> str:
        """An operator's job; empty where it succeeds, else the end of what it says."""
        command = [sys.executable, "-m", f"{service}.main", *arguments]
        environment = clean_environment(**self._settings_of(service))
        done = subprocess.run(command, cwd=ROOT, env=environment, check=False, capture_output=True, text=True)
        return "" if done.returncode == 0 else (done.stdout + done.stderr)[-1000:] or f"exit code {done.returncode}"

    def set_clock(self, name: str, seconds: int) -> None:
        """Let a process believe that it is so much later, from two seconds from now on."""
        self._clock(name).write_text(f"{seconds:+d}\n")

    def _pid(self, name: str) -> int:
        child = self.edge if name == EDGE else self.servers.by_name.get(name) or self.processes[name]
        assert child.pid is not None, f"{name} does not run"
        return child.pid

    def _clock(self, name: str) -> Path:
        return self.folder / f"{name}.clock"

    def _spawn(self, name: str) -> None:
        program = name.partition("#")[0]
        self.set_clock(name, 0)
        self.processes[name] = Child(
            [sys.executable, "-m", program if "." in program else f"{program}.main"],
            log=self.folder / f"{name}.{next(self._runs)}.log",
            cwd=ROOT,
            env=clean_environment(**self._settings_of(name)),
        )

    def _settings_of(self, name: str) -> Mapping[str, str]:
        through = {server: self._through(name, server) for server in self.servers.ports}
        return {
            **self.environment(self.ports[name]),
            "MONGODB_URL": _moved(self.servers.mongo_url, self.links[name, "mongodb"].port),
            "RABBITMQ_URL": _moved(self.servers.rabbitmq_url, self.links[name, "rabbitmq"].port),
            "S3_ENDPOINT": through["s3"],
            "COMFYUI_URLS": ",".join(through[painter] for painter in PAINTERS),
            "GENERATION_LEASE_SECONDS": str(LEASE_SECONDS),
            "LD_PRELOAD": str(CLOCK),
            "FAKETIME_TIMESTAMP_FILE": str(self._clock(name)),
            "FAKETIME_CACHE_DURATION": "1",
            "DONT_FAKE_MONOTONIC": "1",
            **self.settings,
        }

    def _wait_until_ready(self, name: str) -> None:
        try:
            wait_for(lambda: self._ready(name, self.ports[name]), seconds=START_SECONDS, what=f"the start of {name}")
        except ServerFailed as error:
            raise ServerFailed(f"{error}: {self.log(name)[-300:]}") from error

    def _ready(self, name: str, port: int) -> bool:
        if not self.processes[name].running:  # its database was away when it started: started again
            self._spawn(name)
        try:
            return httpx.get(f"http://127.0.0.1:{port}/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    async def _link(self, process: str, server: str, port: int) -> None:
        link = self.links[process, server] = Link(f"{process}->{server}", port)
        await link.listen()

    def _through(self, process: str, server: str) -> str:
        return f"http://127.0.0.1:{self.links[process, server].port}"


def _moved(url: str, port: int) -> str:
    """The same address at another port."""
    return url.replace(f":{urlsplit(url).port}/", f":{port}/")
