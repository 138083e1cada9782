"""Servers in containers, by testcontainers; its imports take a while, so they wait until Docker is asked."""

import functools
import http.client
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from common.local.process import ServerFailed, wait_for
from common.local.rabbitmq import talks_amqp
from common.local.seaweedfs import S3Address
from common.local.valkey import talks_resp
from common.testing.servers.choice import FORCE_LOCAL, IMAGES, Kind

if TYPE_CHECKING:
    from testcontainers.core.container import DockerContainer
    from testcontainers.core.network import Network

KEY = "creation-test"  # user and password of RabbitMQ, key and secret of MinIO
NAMES = {Kind.MONGODB: "mongodb", Kind.RABBITMQ: "rabbitmq", Kind.S3: "minio", Kind.VALKEY: "valkey"}
_READY_SECONDS = 120


@functools.cache
def docker_answers() -> bool:
    """Whether a Docker engine answers on this machine; asked once.

    Asked in a process of its own: Docker's client leaves a socket open where nothing answers, and pytest would hold
    that against the test that asked.
    """
    question = [sys.executable, "-c", "import docker; docker.from_env(timeout=5).ping()"]
    try:
        return subprocess.run(question, check=False, capture_output=True, timeout=20).returncode == 0  # noqa: S603
    except subprocess.TimeoutExpired:
        return False


@contextmanager
def mongo(network: "Network | None" = None) -> Iterator[str]:
    """The URL of a single-node replica set.

    Without a user: MongoDB refuses a replica set with users but no key file, and the container is this session's own.
    """
    with running(_container(Kind.MONGODB, 27017, network, command="--replSet rs0 --bind_ip_all")) as container:
        host, port = _address(container, 27017)
        url = f"mongodb://{host}:{port}/?directConnection=true"
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=1_000) as client:
            _wait(lambda: _hello(client) is not None, Kind.MONGODB)
            members = [{"_id": 0, "host": "localhost:27017"}]
            client.admin.command("replSetInitiate", {"_id": "rs0", "members": members})
            _wait(lambda: bool((_hello(client) or {}).get("isWritablePrimary")), Kind.MONGODB)
        yield url


@contextmanager
def rabbitmq(network: "Network | None" = None) -> Iterator[str]:
    """The URL of a broker."""
    container = _container(Kind.RABBITMQ, 5672, network, RABBITMQ_DEFAULT_USER=KEY, RABBITMQ_DEFAULT_PASS=KEY)
    with running(container):
        host, port = _address(container, 5672)
        _wait(lambda: talks_amqp(host, port), Kind.RABBITMQ)
        yield f"amqp://{KEY}:{KEY}@{host}:{port}/%2F"


@contextmanager
def minio(network: "Network | None" = None) -> Iterator[S3Address]:
    """The address of a MinIO server."""
    container = _container(Kind.S3, 9000, network, command="server /data", MINIO_ROOT_USER=KEY, MINIO_ROOT_PASSWORD=KEY)
    with running(container):
        host, port = _address(container, 9000)
        _wait(lambda: _healthy(host, port), Kind.S3)
        yield S3Address(f"http://{host}:{port}", KEY, KEY)


@contextmanager
def valkey(network: "Network | None" = None) -> Iterator[str]:
    """The URL of a Valkey server, without a password: the container is this session's own."""
    with running(_container(Kind.VALKEY, 6379, network)) as container:
        host, port = _address(container, 6379)
        _wait(lambda: talks_resp(host, port), Kind.VALKEY)
        yield f"valkey://{host}:{port}/0"


def _container(
    kind: Kind, port: int, network: "Network | None", *, command: str = "", **environment: str
) -> "DockerContainer":
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415

    container = DockerContainer(IMAGES[kind]).with_exposed_ports(port).with_envs(**environment)
    if network is not None:  # where other containers find it by its name
        container = container.with_network(network).with_network_aliases(NAMES[kind])
    return container.with_command(command) if command else container


@contextmanager
def running(container: "DockerContainer") -> Iterator["DockerContainer"]:
    """The container, started; what Docker says against it becomes one sentence."""
    from docker.errors import DockerException  # type: ignore[import-untyped]  # noqa: PLC0415

    try:
        container.start()
    except DockerException as error:
        raise ServerFailed(
            f"Docker answers but cannot run {container.image} ({error}): {FORCE_LOCAL}=1 uses processes instead"
        ) from error
    try:
        yield container
    finally:
        container.stop()


def _address(container: "DockerContainer", port: int) -> tuple[str, int]:
    return container.get_container_host_ip(), int(container.get_exposed_port(port))


def _wait(condition: Callable[[], bool], kind: Kind) -> None:
    wait_for(condition, seconds=_READY_SECONDS, what=f"the start of {kind} in a container")


def _hello(client: MongoClient[dict[str, Any]]) -> dict[str, Any] | None:
    try:
        return client.admin.command("hello")
    except PyMongoError:
        return None


def _healthy(host: str, port: int) -> bool:
    connection = http.client.HTTPConnection(host, port, timeout=2)
    try:
        connection.request("GET", "/minio/health/ready")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
