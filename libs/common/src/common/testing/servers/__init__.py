"""The real servers of a test session, each started when first asked for."""

import os
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

from common.local.mongod import Mongod
from common.local.rabbitmq import RabbitMQ
from common.local.seaweedfs import S3Address, SeaweedFS
from common.local.server import LocalServer
from common.local.valkey import Valkey
from common.testing.servers import containers
from common.testing.servers.choice import Choice, Kind, Source, choose

__all__ = ["Choice", "Kind", "S3Address", "Servers", "Source", "choose"]

_Local = TypeVar("_Local", bound=LocalServer)


class Servers:
    """Starts at most one server of each kind, and stops them all when its ``with`` block ends.

    Each property raises ``ServerMissing`` or ``ServerFailed`` with one sentence if that server cannot be had.
    """

    def __init__(
        self,
        environment: Mapping[str, str] = os.environ,
        docker_answers: Callable[[], bool] = containers.docker_answers,
    ) -> None:
        """Choose by ``environment``, and by whether Docker answers."""
        self._environment = environment
        self._docker_answers = docker_answers
        self._started = ExitStack()

    def choice(self, kind: Kind) -> Choice:
        """Which server a test gets, and why; starts nothing."""
        return choose(kind, self._environment, self._docker_answers)

    @cached_property
    def mongo_url(self) -> str:
        """A MongoDB replica set."""
        match self.choice(Kind.MONGODB).source:
            case Source.GIVEN:
                return self._environment["MONGODB_URL"]
            case Source.DOCKER:
                return self._started.enter_context(containers.mongo())
            case Source.LOCAL:
                return self._local(Mongod).url

    @cached_property
    def rabbitmq_url(self) -> str:
        """A RabbitMQ broker, with the virtual host to use in the path."""
        match self.choice(Kind.RABBITMQ).source:
            case Source.GIVEN:
                return self._environment["RABBITMQ_URL"]
            case Source.DOCKER:
                return self._started.enter_context(containers.rabbitmq())
            case Source.LOCAL:
                return self._local(RabbitMQ).url

    @cached_property
    def s3(self) -> S3Address:
        """An S3 server and the keys of an identity that may make buckets."""
        match self.choice(Kind.S3).source:
            case Source.GIVEN:
                given = self._environment
                return S3Address(given["S3_ENDPOINT"], given["S3_ACCESS_KEY"], given["S3_SECRET_KEY"])
            case Source.DOCKER:
                return self._started.enter_context(containers.minio())
            case Source.LOCAL:
                return self._local(SeaweedFS).address

    @cached_property
    def valkey_url(self) -> str:
        """A Valkey or Redis server."""
        match self.choice(Kind.VALKEY).source:
            case Source.GIVEN:
                return self._environment["VALKEY_URL"]
            case Source.DOCKER:
                return self._started.enter_context(containers.valkey())
            case Source.LOCAL:
                return self._local(Valkey).url

    def _local(self, make: "Callable[[Path], _Local]") -> _Local:
        folder = self._started.enter_context(tempfile.TemporaryDirectory(prefix="creation-engine-"))
        server = make(Path(folder))
        self._started.enter_context(server)
        return server

    def __enter__(self) -> Self:
        """Servers live for the length of a ``with`` block."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop what was started, the latest first."""
        self._started.close()
