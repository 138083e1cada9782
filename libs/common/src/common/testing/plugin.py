"""pytest plugin: real servers for tests, started when first asked for and stopped after the session."""

import secrets
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pymongo import MongoClient

from common.local.mongod import Mongod


@pytest.fixture(scope="session")
def mongo_url() -> Iterator[str]:
    """A MongoDB replica set for this session."""
    with tempfile.TemporaryDirectory() as folder, Mongod(Path(folder)) as server:
        yield server.url


@pytest.fixture
def database_name(mongo_url: str) -> Iterator[str]:
    """A fresh database name; the database is dropped after the test."""
    name = f"test_{secrets.token_hex(6)}"
    yield name
    with MongoClient[dict[str, object]](mongo_url) as client:
        client.drop_database(name)
