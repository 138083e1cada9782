"""Every file that the edge serves is lawful: a hundred works, all their renditions, judged by a reader of its own.

The visible label is measured against the original, which each owner gets by recorded consent.
"""

import asyncio
import io
from collections import Counter
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
from people import Person
from PIL import Image

from common.testing.eventually import eventually
from common.testing.ink import label_box
from common.testing.labels import judge

WORKS, BATCH, ABREAST = 100, 4, 6
MODELS = ("sketch-watercolor", "sketch-ink", "sketch-flat", "sketch-woodblock", "sketch-neon")
PROMPTS = ("月光下的雪山与湖泊", "海上日落，帆船", "竹林里的灯笼", "一只可爱的小猫", "赛博朋克城市，霓虹灯")


@dataclass
class Count:
    """What was judged, by rendition; every content id only once."""

    files: Counter[str] = field(default_factory=Counter)
    ids: set[str] = field(default_factory=set)
    shortest: float = 1.0

    def note(self, rendition: str, data: bytes, *, secret: bytes) -> None:
        """One file's implicit label."""
        judged = judge(data)
        assert judged.values["ProduceID"] not in self.ids
        assert judged.source == "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
        assert secret not in judged.metadata
        self.ids.add(judged.values["ProduceID"])
        self.files[rendition] += 1

    def measure(self, original: bytes, data: bytes) -> None:
        """One file's visible label."""
        with Image.open(io.BytesIO(data)) as file, Image.open(io.BytesIO(original)) as whole:
            size, before = file.size, io.BytesIO()
            whole.resize(size, Image.Resampling.LANCZOS).save(before, "PNG", compress_level=1)
        left, top, right, bottom = label_box(before.getvalue(), data)
        self.shortest = min(self.shortest, (bottom - top) / min(size))
        assert bottom - top >= 0.05 * min(size)
        assert (right, bottom) > (0.9 * size[0], 0.9 * size[1])
        assert left > size[0] / 3


def addresses(work: dict[str, str]) -> dict[str, str]:
    """The files of a work as its answers name them."""
    small, large = (part.split(" ")[0] for part in work["thumbnail_srcset"].split(", "))
    assert small == work["thumbnail_url"]
    return {"image": work["image_url"], "thumbnail": small, "preview": large}


async def file_at(person: Person, address: str) -> bytes:
    answer = await person.load(address)
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"]
    return answer.content


async def painted(person: Person, works: int) -> list[dict[str, str]]:
    for number in range(works // BATCH):
        body = {"prompt": PROMPTS[number % len(PROMPTS)], "model": MODELS[number % len(MODELS)], "steps": 10}
        await person.post("/api/generate", {**body, "size": "512x512", "batchSize": BATCH, "seed": number}, status=201)

    async def made() -> int:
        return int((await person.get("/api/works/my", limit=1))["pagination"]["total_count"])

    await eventually(made, lambda count: count == works, within=900)
    listed: list[dict[str, str]] = (await person.get("/api/works/my", limit=100))["works"]
    return listed


async def test_every_file_of_a_hundred_works_passes_the_independent_reader(http: httpx.AsyncClient) -> None:
    owner, count = await Person.register(http), Count()
    terms = (await owner.get("/api/terms"))["version"]
    room = asyncio.Semaphore(ABREAST)

    async def check(work: dict[str, str]) -> None:
        async with room:
            path, secret = f"/api/works/{work['id']}", owner.name.encode()
            consent = {"consent": True, "terms_version": terms}
            given = await owner.post(f"{path}/original", consent, status=201)
            original = await file_at(owner, given["url"])
            count.note("original", original, secret=secret)
            await owner.put(path, {"is_public": True})
            public = addresses((await owner.get(path))["work"])
            for bucket, files in (("own", addresses(work)), ("public", public)):
                for rendition, address in files.items():
                    data = await file_at(owner, address)
                    count.note(f"{bucket} {rendition}", data, secret=secret)
                    await asyncio.to_thread(count.measure, original, data)

    await asyncio.gather(*(check(work) for work in await painted(owner, WORKS)))

    renditions = [f"{bucket} {name}" for bucket in ("own", "public") for name in ("image", "thumbnail", "preview")]
    assert count.files == dict.fromkeys(["original", *renditions], WORKS)
    assert len(count.ids) == 7 * WORKS
    print(f"\n{sum(count.files.values())} files of {WORKS} works: {dict(count.files)}; least ink {count.shortest:.4f}")  # noqa: T201


async def test_what_is_unpublished_is_gone_from_its_address_within_two_seconds(http: httpx.AsyncClient) -> None:
    owner = await Person.register(http)
    (work, *_) = await painted(owner, BATCH)
    path = f"/api/works/{work['id']}"
    for _ in range(3):
        await owner.put(path, {"is_public": True})
        public = addresses((await owner.get(path))["work"])
        for address in public.values():
            answer = await owner.load(address)
            assert "?" not in address
            assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
            again = await http.get(address, headers={"If-None-Match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")
        loop = asyncio.get_running_loop()
        await owner.put(path, {"is_public": False})
        begun = loop.time()
        gone = (eventually(partial(owner.load, at), is_404, within=2) for at in public.values())
        await asyncio.gather(*gone)
        print(f"\ngone {loop.time() - begun:.2f} s after the answer")  # noqa: T201


def is_404(answer: httpx.Response) -> bool:
    return answer.status_code == 404


async def test_private_files_open_by_their_signature_alone(http: httpx.AsyncClient) -> None:
    owner, other = await Person.register(http), await Person.register(http, "other")
    (work, *_) = await painted(owner, BATCH)
    with pytest.raises(AssertionError, match="NOT_FOUND"):
        await other.get(f"/api/works/{work['id']}")
    for address in addresses(work).values():
        bare, _, query = address.partition("?")
        assert query
        assert (await other.load(bare)).status_code == 403
        assert (await other.load(f"{bare}?{query[:-2]}{'00' if query[-2:] != '00' else '11'}")).status_code == 403
        assert (await other.load(bare.replace("/media/originals/", "/media/public/"))).status_code == 404
    given = {"consent": True, "terms_version": (await other.get("/api/terms"))["version"]}
    with pytest.raises(AssertionError, match="NOT_FOUND"):
        await other.post(f"/api/works/{work['id']}/original", given, status=201)
