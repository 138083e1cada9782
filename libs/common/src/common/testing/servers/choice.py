"""Which server a test gets: the one that was given, else a container, else a process of our own; and why."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

FORCE_LOCAL = "FORCE_LOCAL_SERVERS"


class Kind(StrEnum):
    """The servers that tests use."""

    MONGODB = "MongoDB"
    RABBITMQ = "RabbitMQ"
    S3 = "S3"
    VALKEY = "Valkey"


class Source(StrEnum):
    """Where a server comes from."""

    GIVEN = "given"
    DOCKER = "container"
    LOCAL = "local process"


@dataclass(frozen=True)
class Choice:
    """One server's source, and the reason in words."""

    kind: Kind
    source: Source
    why: str


class IncompleteSettings(RuntimeError):
    """Some of the variables that give a server are set and others are not; the message names them."""


VARIABLES = {
    Kind.MONGODB: ("MONGODB_URL",),
    Kind.RABBITMQ: ("RABBITMQ_URL",),
    Kind.S3: ("S3_ENDPOINT", "S3_ACCESS_KEY", "S3_SECRET_KEY"),
    Kind.VALKEY: ("VALKEY_URL",),
}
IMAGES = {
    Kind.MONGODB: "mongo:8",
    Kind.RABBITMQ: "rabbitmq:4",
    Kind.S3: "minio/minio",
    Kind.VALKEY: "valkey/valkey:8",
}


def choose(kind: Kind, environment: Mapping[str, str], docker_answers: Callable[[], bool]) -> Choice:
    """Decide for one kind of server; Docker is asked only if the answer matters."""
    variables = VARIABLES[kind]
    missing = [name for name in variables if not environment.get(name)]
    if not missing:
        return Choice(kind, Source.GIVEN, f"{' and '.join(variables)} set")
    if len(missing) < len(variables):
        raise IncompleteSettings(f"{kind}: set {' and '.join(missing)} too, or none of {', '.join(variables)}")
    if environment.get(FORCE_LOCAL, "0") not in ("", "0"):
        return Choice(kind, Source.LOCAL, f"{FORCE_LOCAL} set")
    if docker_answers():
        return Choice(kind, Source.DOCKER, f"Docker answers, image {IMAGES[kind]}")
    return Choice(kind, Source.LOCAL, "Docker does not answer")
