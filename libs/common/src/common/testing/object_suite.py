"""What every object store must do; both implementations run these same tests. Subclass and provide the fixtures."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from common.context import new_id
from common.errors import NotFound
from common.objects import ORIGINALS, PAGE, PUBLIC, ObjectStore
from common.testing.eventually import eventually


class Browser:
    """Loads addresses as an `<img>` would: no token, no cookies. `client` reaches the store as browsers do."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, address: str, **headers: str) -> tuple[int, bytes, dict[str, str]]:
        """Status, body and headers (lower-case names) of a GET."""
        response = await self._client.get(address, headers=headers)
        return response.status_code, response.content, dict(response.headers)

    async def status(self, method: str, address: str) -> int:
        """How another request is answered."""
        return (await self._client.request(method, address, content=b"x" if method == "PUT" else None)).status_code


async def keys(objects: ObjectStore, prefix: str) -> list[str]:
    """What a listing of `ORIGINALS` shows, in order."""
    return sorted([found.key async for found in objects.list(ORIGINALS, prefix)])


class ObjectSuite:
    """Fixtures a subclass gives: `objects` (the store) and `browser`."""

    @pytest.fixture
    def key(self) -> str:
        """A fresh key."""
        return f"suite/{new_id()}.png"

    async def test_what_was_put_is_got(self, objects: ObjectStore, key: str) -> None:
        await objects.put(ORIGINALS, key, b"picture")
        assert await objects.get(ORIGINALS, key) == b"picture"

    async def test_putting_again_replaces_the_whole_object(self, objects: ObjectStore, key: str) -> None:
        await objects.put(ORIGINALS, key, b"a long first picture")
        await objects.put(ORIGINALS, key, b"second")
        assert await objects.get(ORIGINALS, key) == b"second"

    async def test_what_is_not_there_is_not_found(self, objects: ObjectStore, key: str) -> None:
        with pytest.raises(NotFound):
            await objects.get(ORIGINALS, key)

    async def test_deleting_is_safe_to_repeat(self, objects: ObjectStore, key: str) -> None:
        await objects.put(ORIGINALS, key, b"picture")
        await objects.delete(ORIGINALS, key)
        await objects.delete(ORIGINALS, key)
        with pytest.raises(NotFound):
            await objects.get(ORIGINALS, key)

    async def test_a_listing_shows_keys_and_sizes_of_its_bucket_alone(self, objects: ObjectStore, key: str) -> None:
        await objects.put(ORIGINALS, key, b"picture")
        found = {o.key: o.size async for o in objects.list(ORIGINALS)}
        assert found[key] == len(b"picture")
        assert key not in {o.key async for o in objects.list(PUBLIC)}

    async def test_a_listing_shows_the_keys_that_begin_as_asked(self, objects: ObjectStore, key: str) -> None:
        stem = key.removesuffix(".png")
        for name in (f"{stem}/1.png", f"{stem}/2/3.webp", f"{stem}0.png", key):
            await objects.put(ORIGINALS, name, b"picture")
        assert await keys(objects, f"{stem}/") == [f"{stem}/1.png", f"{stem}/2/3.webp"]
        assert await keys(objects, f"{stem}/2") == [f"{stem}/2/3.webp"]
        assert await keys(objects, stem) == [key, f"{stem}/1.png", f"{stem}/2/3.webp", f"{stem}0.png"]
        assert await keys(objects, f"{stem}/none/") == []

    async def test_a_listing_of_more_than_a_page_is_whole_though_what_it_shows_is_deleted(
        self, objects: ObjectStore, key: str
    ) -> None:
        folder = key.removesuffix(".png")
        names = {f"{folder}/{number}.png" for number in range(PAGE + 50)}
        await asyncio.gather(*(objects.put(ORIGINALS, name, b"1") for name in names))
        found = []
        async for listed in objects.list(ORIGINALS, f"{folder}/"):
            found.append(listed.key)
            await objects.delete(ORIGINALS, listed.key)
        assert sorted(found) == sorted(names)
        assert await keys(objects, f"{folder}/") == []

    async def test_an_object_is_there_from_its_putting_to_its_deleting(self, objects: ObjectStore, key: str) -> None:
        assert not await objects.has(ORIGINALS, key)
        await objects.put(ORIGINALS, key, b"picture")
        assert await objects.has(ORIGINALS, key)
        assert not await objects.has(PUBLIC, key)
        await objects.delete(ORIGINALS, key)
        assert not await objects.has(ORIGINALS, key)
        assert not await objects.has(ORIGINALS, "../a trick")

    @pytest.mark.parametrize("bad", ["../s.png", "/etc/passwd", "a/../b.png", "a.exe", "", "a\x00.png", "a//b.png"])
    async def test_a_key_that_is_a_trick_is_refused(self, objects: ObjectStore, bad: str) -> None:
        with pytest.raises((ValueError, NotFound)):
            await objects.put(ORIGINALS, bad, b"x")

    async def test_a_public_object_loads_by_an_address_that_may_be_cached_for_ever(
        self, objects: ObjectStore, browser: Browser, key: str
    ) -> None:
        await objects.put(PUBLIC, key, b"picture")
        status, body, headers = await browser.get(objects.address(PUBLIC, key))
        assert (status, body) == (200, b"picture")
        assert headers["content-type"] == "image/png"
        assert headers["cache-control"] == "public, max-age=31536000, immutable"

    async def test_a_private_object_loads_by_its_signed_address_alone(
        self, objects: ObjectStore, browser: Browser, key: str
    ) -> None:
        await objects.put(ORIGINALS, key, b"picture")
        address = objects.address(ORIGINALS, key, life=timedelta(minutes=5))
        assert (await browser.get(address))[:2] == (200, b"picture")
        assert (await browser.get(address.partition("?")[0]))[0] == 403
        assert (await browser.get(address[:-2] + ("00" if address[-2:] != "00" else "11")))[0] == 403

    async def test_a_signed_address_is_refused_once_its_time_is_over(
        self, objects: ObjectStore, browser: Browser, key: str
    ) -> None:
        await objects.put(ORIGINALS, key, b"picture")
        address = objects.address(ORIGINALS, key, life=timedelta(seconds=2))
        assert (await browser.get(address))[:2] == (200, b"picture")
        status, body, _ = await eventually(lambda: browser.get(address), lambda answer: answer[0] != 200, within=6)
        assert status == 403
        assert b"picture" not in body

    async def test_a_browser_that_has_the_picture_is_told_so(
        self, objects: ObjectStore, browser: Browser, key: str
    ) -> None:
        await objects.put(PUBLIC, key, b"picture")
        _, _, headers = await browser.get(objects.address(PUBLIC, key))
        again = await browser.get(objects.address(PUBLIC, key), **{"If-None-Match": headers["etag"]})
        assert again[:2] == (304, b"")

    async def test_what_is_deleted_is_gone_from_its_address(
        self, objects: ObjectStore, browser: Browser, key: str
    ) -> None:
        await objects.put(PUBLIC, key, b"picture")
        await objects.delete(PUBLIC, key)
        assert (await browser.get(objects.address(PUBLIC, key)))[0] == 404

    async def test_nobody_writes_removes_or_lists_without_a_key(
        self, objects: ObjectStore, browser: Browser, key: str
    ) -> None:
        await objects.put(PUBLIC, key, b"picture")
        address = objects.address(PUBLIC, key)
        for method in ("PUT", "DELETE", "POST"):
            assert await browser.status(method, address) in (403, 404, 405)
        listing, _, _ = address.partition(key)
        assert (await browser.get(listing))[0] in (403, 404)
        assert (await browser.get(address))[:2] == (200, b"picture")

    async def test_a_signed_address_does_not_open_another_object(
        self, objects: ObjectStore, browser: Browser, key: str
    ) -> None:
        other = f"suite/{new_id()}.png"
        await objects.put(ORIGINALS, other, b"secret")
        address = objects.address(ORIGINALS, key, life=timedelta(minutes=5))
        assert (await browser.get(address.replace(key, other)))[0] == 403

    async def test_a_private_address_needs_an_end(self, objects: ObjectStore, key: str) -> None:
        with pytest.raises(ValueError, match="end"):
            objects.address(ORIGINALS, key)

    async def test_the_store_is_ready(self, objects: ObjectStore) -> None:
        await objects.ping()
