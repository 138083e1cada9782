"""Where the suite runs under test: in one process as `make run` does, or each service alone behind a real Traefik."""

import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from common.local.process import Child, free_port, wait_for
from common.local.traefik import Traefik
from common.testing.labels import TEST_PROVIDER
from common.testing.servers import Servers
from gateway.traefik import dynamic_config, render

ROOT = Path(__file__).parents[2]
SERVICES = ("auth", "generation", "works", "stats", "gateway")


def answers(url: str) -> bool:
    """Whether an address answers 200."""
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def write_signing_key(folder: Path) -> Path:
    """The key that signs a stage's tokens: made at the first call."""
    key = folder / "signing-key.pem"
    if not key.exists():
        private = Ed25519PrivateKey.generate()
        key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return key


def clean_environment(**settings: str) -> dict[str, str]:
    """This process's environment without settings of the suite, and with these."""
    ours = {"PORT", "HOST", "DATA_DIR", "PUBLIC_URL", "MONGODB_URL", "RABBITMQ_URL", "COMFYUI_URLS", "SIGNUP_CREDITS"}
    kept = {name: value for name, value in os.environ.items() if name not in ours and not name.startswith("OTEL_")}
    return {**kept, "RATE_LIMIT_ENABLED": "false", "SIGNUP_CREDITS": "500", **settings}


@dataclass
class EmbeddedStage:
    """`python -m embedded`, what `make run` runs."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://localhost:{self.port}"

    def start(self, **settings: str) -> None:
        """Start and wait until it answers."""
        environment = clean_environment(PORT=str(self.port), DATA_DIR=str(self.folder / "data"), **settings)
        with (self.folder / "terminal.txt").open("ab") as terminal:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "embedded"], cwd=ROOT, env=environment, stdout=terminal, stderr=terminal
            )
        wait_for(self._answers, seconds=60, what="the embedded suite's start")

    def _answers(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, (self.folder / "terminal.txt").read_text()
        return answers(f"{self.url}/api/works/gallery")

    def kill(self) -> None:
        """`kill -9` of everything: the process, and with it the mongod and the painters it started."""
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ctrl-C; returns the exit code."""
        if self.process is None or self.process.poll() is not None:
            return 0
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


@dataclass
class DistributedStage:
    """Every service in its own process, behind Traefik, with RabbitMQ, MongoDB and an S3 server."""

    folder: Path
    servers: Servers
    processes: dict[str, Child] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)
    run: str = field(default_factory=lambda: secrets.token_hex(3))
    settings: Mapping[str, str] = field(default_factory=dict)  # of every process, besides its own

    def start(self) -> None:
        """Start everything and wait until the edge answers."""
        self.edge_port = free_port()
        for name in (*SERVICES, "generation.worker"):
            self._spawn(name)
        for name in SERVICES:
            self._wait_until_ready(name)
        (self.folder / "dynamic").mkdir()
        self.edge = Traefik(self.folder / "traefik", self.folder / "dynamic", port=self.edge_port)
        self.write_edge()
        self.edge.start()
        wait_for(lambda: answers(f"{self.url}/api/works/gallery"), seconds=60, what="the distributed suite's start")

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://localhost:{self.edge_port}"

    def start_service(self, name: str) -> None:
        """Start one process: a service (`works`), another replica (`works#2`) or a worker (`generation.worker`)."""
        self._spawn(name)
        if "." not in name:
            self._wait_until_ready(name)

    def _spawn(self, name: str) -> None:
        program = name.partition("#")[0]
        port = self.ports.setdefault(name, free_port())
        self.processes[name] = Child(
            [sys.executable, "-m", program if "." in program else f"{program}.main"],
            log=self.folder / f"{name}.log",
            cwd=ROOT,
            env=clean_environment(**self.environment(port)),
        )

    def _wait_until_ready(self, name: str) -> None:
        wait_for(lambda: self._ready(name, self.ports[name]), seconds=60, what=f"the start of {name}")

    def _ready(self, name: str, port: int) -> bool:
        child = self.processes[name]
        assert child.running, f"{name} ended: {child.last_words()}"
        return answers(f"http://127.0.0.1:{port}/health/ready")

    def kill_process(self, name: str) -> None:
        """`kill -9` of one process."""
        self.processes[name].kill()

    def stop_process(self, name: str) -> None:
        """SIGTERM to one process, and wait until it has ended."""
        self.processes[name].terminate(grace_seconds=60)

    def write_edge(self) -> None:
        """Tell Traefik where everything is, replicas included."""
        addresses: dict[str, list[str]] = {"media": [self.servers.s3.endpoint]}
        for name in SERVICES:
            running = [n for n in self.ports if n.partition("#")[0] == name]
            addresses[name] = [f"http://127.0.0.1:{self.ports[n]}" for n in running]
        draft = self.folder / "dynamic.draft"
        draft.write_text(render(dynamic_config(addresses, self.edge.policy_url)))
        draft.replace(self.folder / "dynamic" / "dynamic.yml")

    def log(self, name: str) -> str:
        """What a service's processes have written, over replicas and restarts."""
        return "".join(p.read_text() for p in sorted(self.folder.glob(f"{name}*.log*"), reverse=True))

    def stop(self) -> None:
        """Stop everything."""
        self.edge.stop()
        for child in self.processes.values():
            child.terminate()

    def environment(self, port: int = 8000) -> Mapping[str, str]:
        """The settings of a process that serves on this port, or of a command line beside the services."""
        key = write_signing_key(self.folder)
        urls = {name: f"http://127.0.0.1:{self.ports.setdefault(name, free_port())}" for name in SERVICES}
        databases = {f"{name.upper()}_DATABASE": f"e2e_{self.run}_{name}" for name in SERVICES}
        given: dict[str, Any] = {
            "PORT": str(port),
            "MONGODB_URL": self.servers.mongo_url,
            "RABBITMQ_URL": self.servers.rabbitmq_url,
            "JWKS_URL": f"{urls['auth']}/.well-known/jwks.json",
            "SERVICE_URLS": ",".join(f"{name}={url}" for name, url in urls.items() if name != "gateway"),
            "AUTH_SIGNING_KEY_FILE": str(key),
            "S3_ENDPOINT": self.servers.s3.endpoint,
            "S3_ACCESS_KEY": self.servers.s3.access_key,
            "S3_SECRET_KEY": self.servers.s3.secret_key,
            "PUBLIC_URL": self.url,
            "AIGC_PROVIDER_CODE": TEST_PROVIDER,
            "GENERATION_LEASE_SECONDS": "5",
        }
        return {**given, **databases, **self.settings}
