"""pytest plugin: real servers for tests, started when first asked for and stopped after the session.

``common.testing.servers`` decides which server a test gets; a test only names the fixture.
"""

import secrets
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from common.testing.servers import S3Address, Servers


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A skipped test fails the run: whatever a test needs is installed, or said to be missing."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is not None and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture(scope="session")
def servers() -> "Iterator[Servers]":
    """All servers of this session; the fixtures below are its parts."""
    from common.testing.servers import Servers  # noqa: PLC0415 - unit tests need no drivers

    with Servers() as started:
        yield started


@pytest.fixture(scope="session")
def mongo_url(servers: "Servers") -> str:
    """A MongoDB replica set."""
    return servers.mongo_url


@pytest.fixture(scope="session")
def rabbitmq_url(servers: "Servers") -> str:
    """A RabbitMQ broker, with the virtual host to use in the path."""
    return servers.rabbitmq_url


@pytest.fixture(scope="session")
def s3(servers: "Servers") -> "S3Address":
    """An S3 server: ``endpoint``, ``access_key``, ``secret_key``; buckets are the tests' own to make."""
    return servers.s3


@pytest.fixture(scope="session")
def valkey_url(servers: "Servers") -> str:
    """A Valkey or Redis server, shared by the session: choose keys of one's own."""
    return servers.valkey_url


@pytest.fixture
def database_name(mongo_url: str) -> Iterator[str]:
    """A fresh database name; the database is dropped after the test."""
    from pymongo import MongoClient  # noqa: PLC0415

    name = f"test_{secrets.token_hex(6)}"
    yield name
    with MongoClient[dict[str, object]](mongo_url) as client:
        client.drop_database(name)
