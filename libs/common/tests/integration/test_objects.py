"""Both object stores pass one suite, as a browser sees them: the folder by its routes, S3 behind the edge."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from common.http import errors
from common.local.process import free_port
from common.local.seaweedfs import S3Address
from common.local.traefik import Traefik
from common.media import media_routes
from common.objects import FolderStore
from common.s3 import S3Store
from common.testing.eventually import eventually
from common.testing.object_suite import Browser, ObjectSuite


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
        return Browser(client)

    async def test_an_expired_address_is_refused(self, objects: FolderStore, browser: Browser, key: str) -> None:
        await objects.put("originals", key, b"picture")
        address = objects.address("originals", key, life=timedelta(seconds=-5))
        assert (await browser.get(address))[0] == 403

    async def test_a_file_cut_off_while_writing_is_never_seen(self, objects: FolderStore, key: str) -> None:
        path = objects.path("originals", key)
        path.parent.mkdir(parents=True)
        path.with_name(f"{path.name}.1-2.part").write_bytes(b"half a pic")
        assert key not in {o.key async for o in objects.list("originals")}


@pytest.fixture(scope="module")
def edge(s3: S3Address, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder, port = tmp_path_factory.mktemp("edge"), free_port()
    (folder / "dynamic.yml").write_text(json.dumps(routed_to(s3.endpoint)))
    with Traefik(folder / "traefik", folder / "dynamic.yml", port=port):
        yield f"http://localhost:{port}"


class TestS3Store(ObjectSuite):
    """MinIO's and its like, on the real S3 server, by the addresses that browsers use: Traefik strips `/media`."""

    @pytest.fixture
    async def objects(self, s3: S3Address, edge: str) -> S3Store:
        store = S3Store(s3.endpoint, s3.access_key, s3.secret_key, edge)
        await store.prepare()
        return store

    @pytest.fixture
    async def browser(self, edge: str) -> AsyncIterator[Browser]:
        async with httpx.AsyncClient() as client:
            await eventually(
                lambda: client.get(f"{edge}/media/public/none.png"), lambda r: b"page not found" not in r.content
            )
            yield Browser(client)

    async def test_the_policies_are_set_again_at_each_start(self, objects: S3Store, browser: Browser, key: str) -> None:
        await objects.put("public", key, b"picture")
        client = objects._client
        await asyncio.to_thread(client.delete_bucket_policy, "public")
        await eventually(lambda: browser.get(objects.address("public", key)), lambda answer: answer[0] == 403)

        await objects.prepare()

        await eventually(lambda: browser.get(objects.address("public", key)), lambda answer: answer[0] == 200)

    async def test_a_bucket_of_originals_that_somebody_opened_is_closed_at_the_next_start(
        self, objects: S3Store, browser: Browser, key: str
    ) -> None:
        await objects.put("originals", key, b"picture")
        bare = objects.address("originals", key, life=timedelta(minutes=1)).partition("?")[0]
        read = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
        opened = {"Version": "2012-10-17", "Statement": [{**read, "Resource": ["arn:aws:s3:::originals/*"]}]}
        await asyncio.to_thread(objects._client.set_bucket_policy, "originals", json.dumps(opened))
        await eventually(lambda: browser.get(bare), lambda answer: answer[0] == 200)

        await objects.prepare()

        await eventually(lambda: browser.get(bare), lambda answer: answer[0] == 403)


def routed_to(endpoint: str) -> dict[str, object]:
    """Traefik's configuration for `/media` alone."""
    return {
        "http": {
            "routers": {"media": {"rule": "PathPrefix(`/media/`)", "service": "s3", "middlewares": ["strip"]}},
            "middlewares": {"strip": {"stripPrefix": {"prefixes": ["/media"]}}},
            "services": {"s3": {"loadBalancer": {"servers": [{"url": endpoint}]}}},
        }
    }
