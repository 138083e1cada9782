"""What the public gets of a picture is labelled: in the file, and for people to see."""

import asyncio
import io
from typing import Any

import pytest
from PIL import Image

from common.labelling import PLACEHOLDER_PROVIDER
from common.objects import ORIGINALS, PUBLIC
from common.testing.ink import label_box
from common.testing.labels import Judged, judge

OWNER, ADMIN = 1, 99
PROMPT = "moonlit valley"
UNCHANGED = ("moonlit valley", False)


async def files_in(stage: Any, bucket: str) -> dict[str, bytes]:
    """Every object, by the ending of its key."""
    keys = [stored.key async for stored in stage.objects.list(bucket)]
    return {key.rpartition(".")[2]: await stage.objects.get(bucket, key) for key in keys}


async def test_picture_and_thumbnail_of_a_publication_bear_both_labels(stage: Any) -> None:
    await stage.registered(OWNER, "alice_of_the_valley")
    await stage.work(OWNER, PROMPT, public=True)

    originals, copies = await files_in(stage, ORIGINALS), await files_in(stage, PUBLIC)

    assert set(copies) == {"png", "webp"}
    for kind, copy in copies.items():
        judged = judge(copy)
        assert judged.values["ContentProducer"] == PLACEHOLDER_PROVIDER
        assert judged.values["ProduceID"].startswith(judge(originals[kind]).values["ProduceID"] + ".")
        assert judged.source == "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"
        with Image.open(io.BytesIO(copy)) as file:
            assert file.format == kind.upper()
            width, height = file.size
        left, top, right, bottom = label_box(originals[kind], copy)
        assert bottom - top >= 0.05 * min(width, height)
        assert (right, bottom) > (0.9 * width, 0.9 * height)
        assert left > 0


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
        keys = [work[field].partition(f"/media/{PUBLIC}/")[2] for field in ("image_url", "thumbnail_url")]
        seen += [judge(await stage.objects.get(PUBLIC, key)) for key in keys]
        await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": False})

    assert len({judged.values["ProduceID"] for judged in seen}) == 4


async def test_a_work_that_an_administrator_approves_is_labelled_too(stage: Any) -> None:
    work_id = await stage.work(OWNER, PROMPT)
    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"title": "赌场之夜", "is_public": True})
    assert await files_in(stage, PUBLIC) == {}

    await stage.data("POST", f"/api/works/{work_id}/moderation", ADMIN, role="admin", json={"decision": "approve"})

    originals, copies = await files_in(stage, ORIGINALS), await files_in(stage, PUBLIC)
    assert len(copies) == 2
    assert all(judge(copy) and label_box(originals[kind], copy) for kind, copy in copies.items())


@pytest.mark.parametrize("kind", ["png", "webp"])
@pytest.mark.parametrize("damage", ["empty", "no picture", "cut off"])
async def test_a_broken_original_is_503_and_changes_nothing(stage: Any, kind: str, damage: str) -> None:
    work_id = await stage.work(OWNER, PROMPT)
    for key in [stored.key async for stored in stage.objects.list(ORIGINALS)]:
        whole = await stage.objects.get(ORIGINALS, key)
        damaged = {"empty": b"", "no picture": b"<html>", "cut off": whole[: len(whole) * 2 // 3]}[damage]
        if key.endswith(kind):
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
    assert len(keys) == 12
    ids = {judge(await stage.objects.get(PUBLIC, key)).values["ProduceID"] for key in keys}
    assert len(ids) == 12
