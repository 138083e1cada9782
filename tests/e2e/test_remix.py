"""A work's recipe submitted again gives a picture with the same pixels, through the gateway, on both stages."""

import hashlib
import io

import httpx
import pytest
from people import Json, Person, Refused
from PIL import Image

from common.testing.eventually import eventually

ORDER = {"prompt": "雪山下的湖，晨雾", "negativePrompt": "porn, nude, blood", "size": "512x512", "steps": 14,
         "seed": 41, "batchSize": 2, "cfgScale": 6.5, "sampler": "euler", "clipSkip": 1}  # fmt: skip


async def works(person: Person, count: int) -> list[Json]:
    async def look() -> list[Json]:
        return (await person.get("/api/works/my", limit=100))["works"]  # type: ignore[no-any-return]

    return await eventually(look, lambda found: len(found) == count, within=90)


async def remixed(person: Person, work: int, **headers: str) -> Json:
    """The task of a remix; the news of a work that was just made reaches generation a moment after the work is seen."""

    async def ask() -> Json | None:
        try:
            return await person.post(f"/api/works/{work}/remix", status=201, **headers)
        except Refused as refused:
            if refused.status != 404:
                raise
            return None

    task = await eventually(ask)
    assert task is not None
    return task


async def original(person: Person, work: int) -> bytes:
    """The file without the visible label, for its owner who agrees to the terms."""
    version = (await person.get("/api/terms"))["version"]
    asked = {"consent": True, "terms_version": version}
    given = await person.post(f"/api/works/{work}/original", asked, status=201)
    return (await person.load(given["url"])).content


def pixels(file: bytes) -> bytes:
    return Image.open(io.BytesIO(file)).convert("RGB").tobytes()


async def test_a_remix_has_the_pixels_of_the_work_and_remembers_it(http: httpx.AsyncClient) -> None:
    alice, bob = await Person.register(http), await Person.register(http, "friend")
    await alice.post("/api/generate", ORDER, status=201)
    work = next(w for w in await works(alice, 2) if w["params"]["seed"] == 42)  # the second of the batch
    file, shown = await original(alice, work["id"]), (await alice.load(work["image_url"])).content
    with pytest.raises(Refused) as hidden:
        await bob.post(f"/api/works/{work['id']}/remix")
    assert (hidden.value.status, hidden.value.code) == (404, "NOT_FOUND")
    await alice.put(f"/api/works/{work['id']}", {"is_public": True})

    task = await remixed(bob, work["id"], **{"Idempotency-Key": "remix-of-bob"})
    again = await remixed(bob, work["id"], **{"Idempotency-Key": "remix-of-bob"})

    assert (task["taskId"], task["remixOf"]) == (again["taskId"], work["id"])
    (mine,) = await works(bob, 1)
    detail = (await bob.get(f"/api/works/{mine['id']}"))["work"]
    source = (await bob.get(f"/api/works/{work['id']}"))["work"]
    assert detail["remix_of"] == work["id"]
    assert {**detail["recipe"], "file_sha256": None} == {**source["recipe"], "file_sha256": None}
    copy = await original(bob, mine["id"])
    assert pixels(copy) == pixels(file)
    assert pixels((await bob.load(mine["image_url"])).content) == pixels(shown), "and so are the labelled ones"
    assert hashlib.sha256(pixels(copy)).hexdigest() == detail["recipe"]["pixels_sha256"]
    assert hashlib.sha256(copy).hexdigest() == detail["recipe"]["file_sha256"] != source["recipe"]["file_sha256"]

    await alice.delete(f"/api/works/{work['id']}")

    async def gone() -> int:
        try:
            await bob.post(f"/api/works/{work['id']}/remix", status=201)
        except Refused as refused:
            return refused.status
        return 201

    await eventually(gone, lambda status: status == 404)
