"""The suite as users run it: the services' own images, behind a Traefik container with the committed configuration."""

import subprocess
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from stages import ROOT, SERVICES, answers, write_signing_key

from common.local.process import free_port, wait_for
from common.testing.labels import TEST_PROVIDER
from common.testing.servers import containers as servers

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.network import Network

TAG = "e2e"
PROGRAMS = (*SERVICES, "generation.worker")
START_SECONDS = 120
DOCKERS_NETWORKS = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16"


@dataclass
class ContainerStage:
    """MongoDB, RabbitMQ and MinIO by testcontainers, the five images and Traefik, in a network of their own."""

    folder: Path
    port: int = field(default_factory=free_port)
    running: "dict[str, DockerContainer]" = field(default_factory=dict)
    _stack: ExitStack = field(default_factory=ExitStack)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Build the images, start everything and wait until the edge answers."""
        from testcontainers.core.network import Network  # noqa: PLC0415  (takes a while; only where Docker answers)

        for name in SERVICES:
            build_image(name)
        network = self._stack.enter_context(Network())
        for start in (servers.mongo, servers.rabbitmq, servers.minio):
            self._stack.enter_context(start(network))
        write_signing_key(self.folder)
        for name in PROGRAMS:
            self._run(name, self._service(name, network))
        wait_for(self._healthy, seconds=START_SECONDS, what="the start of the services' containers")
        self._run("traefik", self._traefik(network))
        wait_for(self._serves, seconds=START_SECONDS, what="the first answer through Traefik's container")

    def command(self, service: str, *words: str) -> None:
        """Run a command of a service in its container.

        Raises:
            AssertionError: it failed; with what it said.
        """
        ended = self.running[service].exec(["python", "-m", *words])
        assert ended.exit_code == 0, ended.output.decode()

    def stop(self) -> None:
        """Stop and remove everything; what the containers wrote stays in the stage's folder."""
        for name, container in self.running.items():
            written = b"".join(container.get_logs())
            (self.folder / f"{name}.log").write_bytes(written)
        self._stack.close()

    def _run(self, name: str, container: "DockerContainer") -> None:
        self.running[name] = self._stack.enter_context(servers.running(container))

    def _healthy(self) -> bool:
        states = {name: container.get_wrapped_container() for name, container in self.running.items()}
        for name, state in states.items():
            state.reload()
            assert state.status in ("created", "running"), f"{name} ended: {state.logs().decode()[-2000:]}"
        return all(state.attrs["State"]["Health"]["Status"] == "healthy" for state in states.values())

    def _serves(self) -> bool:
        return answers(f"{self.url}/api/works/gallery")

    def _service(self, program: str, network: "Network") -> "DockerContainer":
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415

        name = program.partition(".")[0]
        container = DockerContainer(f"creation-engine/{name}:{TAG}").with_envs(**self._environment())
        container.with_volume_mapping(self.folder / "signing-key.pem", "/run/secrets/signing_key")
        container.with_network(network).with_network_aliases(program.replace(".", "-"))
        container.with_kwargs(read_only=True, cap_drop=["ALL"], security_opt=["no-new-privileges:true"])
        container.with_tmpfs_mount("/tmp")
        return container.with_command(["python", "-m", program]) if "." in program else container

    def _traefik(self, network: "Network") -> "DockerContainer":
        from testcontainers.core.container import DockerContainer  # noqa: PLC0415

        container = DockerContainer("traefik:v3.7").with_command("--configFile=/etc/traefik/traefik.yml")
        container.with_volume_mapping(ROOT / "infra" / "traefik", "/etc/traefik")
        return container.with_network(network).with_bind_ports(8080, self.port)

    def _environment(self) -> dict[str, str]:
        return {
            "MONGODB_URL": "mongodb://mongodb:27017/?directConnection=true",
            "RABBITMQ_URL": f"amqp://{servers.KEY}:{servers.KEY}@rabbitmq:5672/%2F",
            "JWKS_URL": "http://auth:8000/.well-known/jwks.json",
            "S3_ENDPOINT": "http://minio:9000",
            "S3_ACCESS_KEY": servers.KEY,
            "S3_SECRET_KEY": servers.KEY,
            "PUBLIC_URL": self.url,
            "AIGC_PROVIDER_CODE": TEST_PROVIDER,
            "AUTH_SIGNING_KEY_FILE": "/run/secrets/signing_key",
            "TRUSTED_PROXIES": f"127.0.0.1,{DOCKERS_NETWORKS}",
            "RATE_LIMIT_ENABLED": "false",
            "SIGNUP_CREDITS": "500",
            "GENERATION_LEASE_SECONDS": "5",
        }


def build_image(name: str) -> None:
    """`creation-engine/<name>:e2e` from the service and libs/common alone: nothing else is sent to Docker.

    Raises:
        AssertionError: the build failed; with the end of what it said.
    """
    sent = ["pyproject.toml", "uv.lock", "libs/common", f"services/{name}"]
    packing = ["tar", "--exclude=__pycache__", "--exclude=tests", "-c", *sent]
    building = [
        "docker",
        "build",
        "-q",
        "-f",
        f"services/{name}/Dockerfile",
        "-t",
        f"creation-engine/{name}:{TAG}",
        "-",
    ]
    with subprocess.Popen(packing, cwd=ROOT, stdout=subprocess.PIPE) as packed:
        built = subprocess.run(building, cwd=ROOT, stdin=packed.stdout, capture_output=True, text=True, check=False)
    assert built.returncode == 0, f"the image of {name}: {built.stderr[-2000:]}"
