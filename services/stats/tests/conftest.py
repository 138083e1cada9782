"""The stage that the tests of stats play on."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import SecretStr

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
    auth, works = (Publisher(n, connect(mongo_url, f"{settings.database}_{n}"), bus) for n in ("auth", "works"))
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
    await auth.drop()
    await works.drop()
    await db.client.close()
