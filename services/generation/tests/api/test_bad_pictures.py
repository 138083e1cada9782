"""What an engine gives is not trusted: a file that is no picture costs that picture alone."""

import io

import pytest
from PIL import Image

from common.objects import ORIGINALS
from common.testing.labels import TEST_PROVIDER, judge
from generation.engines.base import Picture


def png(size, **given):
    file = io.BytesIO()
    Image.new("RGB", size, "teal").save(file, "PNG", **given)
    return file.getvalue()


BAD = {
    "no picture": (b"<html>", "不是可用的图片"),
    "cut off": (png((512, 512))[:300], "不是可用的图片"),
    "other size": (png((64, 64)), "尺寸不符"),
    "one row": (png((20_000, 1)), "图片过大"),
    "animated": (png((512, 512), save_all=True, append_images=[Image.new("RGB", (512, 512), "red")]), "动图"),
}


@pytest.mark.parametrize("case", BAD)
async def test_a_bad_file_ends_the_task_at_once_with_a_reason_and_a_refund(studio, case):
    studio.engine.gives, said = BAD[case]

    task = await studio.ended((await studio.generate()).json()["data"]["taskId"])

    assert (task["status"], task["error_code"], task["images"]) == ("failed", "GENERATION_FAILED", [])
    assert said in task["error"]
    assert (await studio.credits())["balance"] == 500
    assert [stored async for stored in studio.objects.list(ORIGINALS)] == []


async def test_the_other_pictures_of_the_batch_are_kept_and_charged(studio):
    paint, cleared = studio.engine.paint, []

    async def clear():
        cleared.append(True)

    async def paint_one_badly(job, on_progress, cancelled):
        picture = await paint(job, on_progress, cancelled)
        return Picture(b"no picture", picture.source, {}, clear) if job.id.endswith("_1") else picture

    studio.engine.paint = paint_one_badly
    task = await studio.ended((await studio.generate(batchSize=4)).json()["data"]["taskId"])

    assert (task["status"], [image["id"][-2:] for image in task["images"]]) == ("failed", ["_0", "_2", "_3"])
    account = await studio.credits()
    assert [(entry["type"], entry["amount"]) for entry in account["ledger"][:2]] == [("refunded", 2), ("charged", 8)]
    assert cleared == [True], "the engine need not keep it"


async def test_an_owner_sees_labelled_files_only_and_the_original_lies_beside_them(studio):
    task = await studio.ended((await studio.generate()).json()["data"]["taskId"])

    (image,) = task["images"]
    keys = {stored.key.rpartition("-0")[2]: stored.key async for stored in studio.objects.list(ORIGINALS)}
    assert set(keys) == {".png", "-labelled.png", "-preview.webp", "-thumb.webp"}
    assert keys["-labelled.png"] in image["url"]
    assert keys["-thumb.webp"] in image["thumbnail"]
    small, large = image["thumbnail_srcset"].split(", ")
    assert (small, large.rpartition(" ")[2]) == (f"{image['thumbnail']} 256w", "512w")
    assert keys["-preview.webp"] in large
    for key in keys.values():
        judged = judge(await studio.objects.get(ORIGINALS, key))
        assert judged.values["ContentProducer"] == TEST_PROVIDER
        assert judged.values["ProduceID"].startswith(image["id"])
