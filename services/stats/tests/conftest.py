"""The stage that the tests of stats play on."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from pydantic import SecretStr
from pymongo import MongoClient

from common.bus import InProcessBus
from common.mongo import connect
from common.testing.tokens import Tokens
from stats.bootstrap import build
from stats.settings import Settings
from stats.testing import NOW, Publisher, Stage


@pytest.fixture
def settings(mongo_url: str, database_name: str) -> Settings:
    return Settings(
        mongodb_url=SecretStr(mongo_url),
        rabbitmq_url=SecretStr("amqp://unused"),
        jwks_url="http://unused/jwks.json",
        database=database_name,
    )


@pytest.fixture
async def stage(settings: Settings, mongo_url: str) -> AsyncIterator[Stage]:
    bus, tokens = InProcessBus(), Tokens()
    databases = [connect(mongo_url, f"{settings.database}_{name}") for name in ("auth", "works")]
    auth, works = (Publisher(name, db, bus) for name, db in zip(("auth", "works"), databases, strict=True))
    for publisher in (auth, works):
        await publisher.start()
    service = build(settings, bus=bus, verifier=tokens.verifier(), now=lambda: NOW)
    await service.start()
    db = connect(mongo_url, settings.database)
    transport = httpx.ASGITransport(service.app)
    async with httpx.AsyncClient(transport=transport, base_url="http://stats") as client:
        running = Stage(service, db, bus, auth, works, client, tokens)
        await running.listening()
        yield running
    await service.stop()
    for other in (*databases, db):
        await other.client.close()
    with MongoClient[dict[str, Any]](mongo_url) as cleaner:
        for other in databases:
            cleaner.drop_database(other.name)
