"""Previews: from ComfyUI's socket to whoever watches the task; small, labelled, the latest only, gone at its end."""

import asyncio
import base64
import io
import json
from datetime import UTC, datetime

import pytest
from PIL import Image

from common.labelling import PLACEHOLDER_PROVIDER, Label, Source
from common.testing.labels import judge
from generation.api.answers import TaskPicture, TaskStatus
from generation.api.progress import News, Seen, news
from generation.engines.comfyui.messages import heard
from generation.engines.comfyui.previews import Previews, shrunk
from generation.projections import previews
from generation.projections.previews import Preview

LABEL = Label(PLACEHOLDER_PROVIDER, "img_a_0", Source.MODEL)


async def told_until(room, task_id, name, **headers):
    """The events of the stream up to the first called `name`."""
    events = []
    async with room.client.stream(
        "GET", f"/api/generate/{task_id}/events", headers={**room.tokens.bearer(1), **headers}
    ) as response:
        fields = {}
        async for line in response.aiter_lines():
            if line and not line.startswith(":"):
                key, _, value = line.partition(": ")
                fields[key] = value
            elif fields:
                events.append((fields["event"], fields["id"], json.loads(fields["data"])))
                if fields["event"] == name:
                    break
                fields = {}
    return events


async def test_a_preview_reaches_a_watcher_and_is_gone_with_the_task(comfy, served):
    comfy.gate("sampling").shut()
    room = await served(comfy)
    task_id = await room.order()
    await comfy.gate("sampling").reached.wait()

    *_, (_, last, shown) = await asyncio.wait_for(told_until(room, task_id, "preview"), 20)
    comfy.gate("sampling").open()
    rest = await asyncio.wait_for(told_until(room, task_id, "end", **{"Last-Event-ID": last}), 20)

    data = base64.b64decode(shown["image"].removeprefix("data:image/webp;base64,"))
    assert shown["id"] == f"img_{task_id.removeprefix('task_')}_0"
    assert Image.open(io.BytesIO(data)).size == (256, 256)
    assert len(data) < previews.LARGEST
    assert rest[-1][0] == "end"
    assert await previews.previews_of(room.store.db, task_id) == []
    assert [recorded.event.name for recorded in await room.store.read(f"task-{task_id}")] == [
        "GenerationRequested",
        "GenerationStarted",
        "ImageGenerated",
        "GenerationCompleted",
    ]


async def test_only_the_latest_preview_of_each_picture_is_kept_and_a_large_one_is_not(settings, store):
    await previews.show(store.db, "task_a", 0, b"one")
    await previews.show(store.db, "task_a", 1, b"other")
    await previews.show(store.db, "task_a", 0, b"two")
    await previews.show(store.db, "task_a", 0, b"x" * (previews.LARGEST + 1))

    kept = await previews.previews_of(store.db, "task_a")

    assert [(preview.index, preview.data) for preview in kept] == [(0, b"two"), (1, b"other")]


def processing(percent: int, *numbers: int) -> TaskStatus:
    moment = datetime(2026, 11, 22, tzinfo=UTC)
    images = [TaskPicture(id=f"img_a_{n}", url="u", thumbnail="t", seed=n, created_at=moment) for n in numbers]
    given = {"error": None, "error_code": None, "cost": 15, "created_at": moment}
    return TaskStatus(task_id="task_a", status="processing", progress=percent, images=images, **given)


def seen_of(told: list[News]) -> list[tuple[str, str]]:
    return [(event.name, event.data["id"]) for event in told if event.name == "preview"]


def test_a_preview_is_told_once_and_not_after_its_picture():
    first = Preview(0, datetime(2026, 11, 22, tzinfo=UTC), b"a")
    later = Preview(0, datetime(2026, 11, 23, tzinfo=UTC), b"b")

    told, seen = news(Seen(), processing(10), [first])
    again, seen = news(seen, processing(10), [first])
    newer, seen = news(seen, processing(10), [later])
    done, _ = news(seen, processing(50, 0), [Preview(0, first.at, b"c")])

    assert [seen_of(events) for events in (told, again, newer, done)] == [
        [("preview", "img_a_0")],
        [],
        [("preview", "img_a_0")],
        [],
    ]
    assert Seen.from_id(seen.id).previews == {}


@pytest.mark.parametrize("name", ["ws_preview_frame_type1_jpeg.bin", "ws_preview_frame_type4_jpeg.bin"])
def test_a_recorded_preview_is_made_small_and_bears_the_label(sample, name):
    preview = heard(sample(name))

    small = shrunk(preview.data, LABEL)

    assert max(Image.open(io.BytesIO(small)).size) <= 256
    assert len(small) < 24 * 1024
    assert judge(small).values["ProduceID"] == "img_a_0.preview"


@pytest.mark.parametrize("data", [b"", b"no picture", b"\xff\xd8\xff" + bytes(50), b"x" * (4 * 2**20 + 1)])
async def test_what_is_no_preview_is_left_out_and_the_next_one_is_shown(sample, until, data):
    shown, now = [], [1.0]

    async def show(small, mime):
        shown.append(mime)

    passing = Previews(show, LABEL, lambda: now[0])
    await passing(data, "image/jpeg")
    while not shown:
        now[0] += 1
        await passing(heard(sample("ws_preview_frame_type1_jpeg.bin")).data, "image/jpeg")
        await asyncio.sleep(0)

    assert shown == ["image/webp"]


async def test_previews_that_come_too_fast_are_left_out(sample, until):
    shown, now = [], [10.0]
    data = heard(sample("ws_preview_frame_type4_jpeg.bin")).data

    async def show(small, mime):
        shown.append(now[0])

    passing = Previews(show, LABEL, lambda: now[0])
    for moment, so_far in ((10.0, 1), (10.1, 1), (10.4, 1), (10.5, 2), (10.6, 2), (11.2, 3)):
        now[0] = moment
        await passing(data, "image/jpeg")
        await until(lambda expected=so_far: len(shown) == expected)

    assert shown == [10.0, 10.5, 11.2]


async def test_none_is_shown_after_the_job(sample):
    shown = []

    async def show(small, mime):
        shown.append(small)

    passing = Previews(show, LABEL, lambda: 1.0)
    await passing(heard(sample("ws_preview_frame_type4_jpeg.bin")).data, "image/jpeg")
    await passing.close()
    seen = len(shown)
    await asyncio.to_thread(lambda: None)

    assert len(shown) == seen
