"""The running service, one for the session, empty at the start of each test."""

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from auth.testing import Auth, running, settings_for
from common.objects import PUBLIC
from common.testing.eventually import eventually


@pytest.fixture(scope="session")
async def service(mongo_url: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Auth]:
    folder = tmp_path_factory.mktemp("auth")
    (folder / "common.txt").write_text("Password123\nchuangxiang1\n")
    settings = settings_for(mongo_url, f"test_{secrets.token_hex(6)}", blocklist_file=folder / "common.txt")
    async with running(settings, folder / "objects") as auth:
        yield auth
        await auth.db.client.drop_database(settings.database)


@pytest.fixture
async def auth(service: Auth) -> AsyncIterator[Auth]:
    yield service
    await eventually(lambda: service.db.events.count_documents({"unpublished": True}), lambda left: left == 0)
    for collection in ("events", "snapshots", "users", "follows", "counters"):
        await service.db[collection].delete_many({})
    async for stored in service.objects.list(PUBLIC):
        await service.objects.delete(PUBLIC, stored.key)
    service.clock.ahead = timedelta()
