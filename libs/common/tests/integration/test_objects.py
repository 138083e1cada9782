"""The folder's object store passes the suite as a browser sees it."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from common.http import errors
from common.media import media_routes
from common.objects import FolderStore
from common.testing.object_suite import Browser, ObjectSuite


class AppBrowser(Browser):
    """Loads from an ASGI app."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, address: str) -> tuple[int, bytes, dict[str, str]]:
        response = await self._client.get(address)
        return response.status_code, response.content, dict(response.headers)


class TestFolderStore(ObjectSuite):
    """The embedded mode's."""

    @pytest.fixture
    def objects(self, tmp_path: Path) -> FolderStore:
        return FolderStore(tmp_path, "http://localhost:8000", b"a secret for tests")

    @pytest.fixture
    async def client(self, objects: FolderStore) -> AsyncIterator[httpx.AsyncClient]:
        app = FastAPI()
        app.include_router(media_routes(objects))
        errors.install(app)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as client:
            yield client

    @pytest.fixture
    def browser(self, client: httpx.AsyncClient) -> Browser:
        return AppBrowser(client)

    async def test_an_expired_address_is_refused(self, objects: FolderStore, browser: Browser, key: str) -> None:
        await objects.put("originals", key, b"picture")
        address = objects.address("originals", key, life=timedelta(seconds=-5))
        assert (await browser.get(address))[0] == 403

    async def test_a_file_cut_off_while_writing_is_never_seen(self, objects: FolderStore, key: str) -> None:
        path = objects.path("originals", key)
        path.parent.mkdir(parents=True)
        path.with_name(f"{path.name}.1-2.part").write_bytes(b"half a pic")
        assert key not in {o.key async for o in objects.list("originals")}

    async def test_a_browser_that_has_the_picture_is_told_so(
        self, objects: FolderStore, client: httpx.AsyncClient, key: str
    ) -> None:
        await objects.put("public", key, b"picture")
        first = await client.get(objects.address("public", key))
        again = await client.get(objects.address("public", key), headers={"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
