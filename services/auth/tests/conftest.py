"""The running service, one for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from auth.testing import Auth, running, settings_for


@pytest.fixture
async def auth(mongo_url: str, database_name: str, tmp_path: Path) -> AsyncIterator[Auth]:
    async with running(settings_for(mongo_url, database_name), tmp_path) as auth:
        yield auth
