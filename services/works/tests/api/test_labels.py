"""What the public gets of a picture is labelled: in the file, and for people to see."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from common.labelling import PREVIEW, THUMBNAIL, fitted
from common.objects import ORIGINALS, PUBLIC
from common.testing.ink import label_box
from common.testing.labels import TEST_PROVIDER, Judged, judge

OWNER, ADMIN = 1, 99
PROMPT = "moonlit valley"
UNCHANGED = ("moonlit valley", False)


ENDINGS = ("-labelled.png", "-preview.webp", "-thumb.webp", ".png")


async def files_in(stage: Any, bucket: str) -> dict[str, bytes]:
    """Every object, by the ending of its key."""
    keys = [stored.key async for stored in stage.objects.list(bucket)]
    return {next(e for e in ENDINGS if key.endswith(e)): await stage.objects.get(bucket, key) for key in keys}


def unlabelled(original: bytes, size: tuple[int, int]) -> bytes:
    """The original, shrunk to a rendition's size: what its label was drawn on."""
    file = io.BytesIO()
    with Image.open(io.BytesIO(original)) as image:
        image.resize(size).save(file, "PNG")
    return file.getvalue()


async def test_every_file_of_a_publication_bears_both_labels(stage: Any) -> None:
    await stage.registered(OWNER, "alice_of_the_valley")
    await stage.work(OWNER, PROMPT, public=True)

    originals, copies = await files_in(stage, ORIGINALS), await files_in(stage, PUBLIC)

    assert set(copies) == {".png", "-preview.webp", "-thumb.webp"}
    for copy in copies.values():
        judged = judge(copy)
        assert judged.values["ContentProducer"] == TEST_PROVIDER
        assert judged.values["ProduceID"].startswith(judge(originals[".png"]).values["ProduceID"] + ".")
        assert judged.source == "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
        with Image.open(io.BytesIO(copy)) as file:
            width, height = file.size
        left, top, right, bottom = label_box(unlabelled(originals[".png"], (width, height)), copy)
        assert bottom - top >= 0.05 * min(width, height)
        assert (right, bottom) > (0.9 * width, 0.9 * height)
        assert left > 0


async def test_both_thumbnails_are_named_with_their_widths(stage: Any) -> None:
    for public in (False, True):
        await stage.work(OWNER, PROMPT, public=public)
        work, *_ = (await stage.data("GET", "/api/works/my", OWNER))["works"]

        named = [candidate.rsplit(" ", 1) for candidate in work["thumbnail_srcset"].split(", ")]

        assert [width for _, width in named] == [f"{fitted((128, 192), side)[0]}w" for side in (THUMBNAIL, PREVIEW)]
        assert named[0][0].partition("?")[0] == work["thumbnail_url"].partition("?")[0]
        assert named[1][0].partition("?")[0].endswith("-preview.webp")


async def test_nothing_public_says_prompt_or_name(stage: Any) -> None:
    await stage.registered(OWNER, "alice_of_the_valley")
    await stage.work(OWNER, PROMPT, public=True)

    for copy in (await files_in(stage, PUBLIC)).values():
        assert not any(word in judge(copy).metadata for word in (b"moonlit", b"alice", b"prompt", b"workflow"))


async def test_every_file_ever_published_has_an_id_of_its_own(stage: Any) -> None:
    seen: list[Judged] = []
    work_id = await stage.work(OWNER, PROMPT)
    for _ in range(2):
        await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": True})
        (work,) = (await stage.data("GET", "/api/works/my", OWNER))["works"]
        addresses = [work["image_url"], *(part.split(" ")[0] for part in work["thumbnail_srcset"].split(", "))]
        keys = [address.partition(f"/media/{PUBLIC}/")[2] for address in addresses]
        seen += [judge(await stage.objects.get(PUBLIC, key)) for key in keys]
        await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": False})

    assert len({judged.values["ProduceID"] for judged in seen}) == 6


async def test_a_work_that_an_administrator_approves_is_labelled_too(stage: Any) -> None:
    work_id = await stage.work(OWNER, PROMPT)
    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"title": "赌场之夜", "is_public": True})
    assert await files_in(stage, PUBLIC) == {}

    await stage.data("POST", f"/api/works/{work_id}/moderation", ADMIN, role="admin", json={"decision": "approve"})

    originals, copies = await files_in(stage, ORIGINALS), await files_in(stage, PUBLIC)
    assert len(copies) == 3
    assert all(judge(copy) for copy in copies.values())
    assert label_box(originals[".png"], copies[".png"])


@pytest.mark.parametrize("damage", ["empty", "no picture", "cut off"])
async def test_a_broken_original_is_503_and_changes_nothing(stage: Any, damage: str) -> None:
    work_id = await stage.work(OWNER, PROMPT)
    for key in [stored.key async for stored in stage.objects.list(ORIGINALS)]:
        whole = await stage.objects.get(ORIGINALS, key)
        damaged = {"empty": b"", "no picture": b"<html>", "cut off": whole[: len(whole) * 2 // 3]}[damage]
        if not key.endswith(ENDINGS[:3]):
            await stage.objects.put(ORIGINALS, key, damaged)

    refusal = await stage.refused(
        "PUT", f"/api/works/{work_id}", OWNER, json={"is_public": True, "title": "another title"}
    )

    assert refusal == (503, "SERVICE_UNAVAILABLE")
    (work,) = (await stage.data("GET", "/api/works/my", OWNER))["works"]
    assert (work["title"], work["is_public"]) == UNCHANGED


async def test_many_publications_at_once_all_succeed(stage: Any) -> None:
    works = [await stage.work(OWNER, f"{PROMPT} {n}") for n in range(6)]

    await asyncio.gather(*(stage.data("PUT", f"/api/works/{work}", OWNER, json={"is_public": True}) for work in works))

    keys = [stored.key async for stored in stage.objects.list(PUBLIC)]
    assert len(keys) == 18
    ids = {judge(await stage.objects.get(PUBLIC, key)).values["ProduceID"] for key in keys}
    assert len(ids) == 18
