"""GET /api/generate/{task_id}/events over the running service."""

import asyncio
import json
from typing import Any

import httpx


def told(response: httpx.Response) -> list[tuple[str, str, Any]]:
    """Name, id and data of each event."""
    events = []
    for block in response.text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if line and not line.startswith(":"))
        if fields:
            events.append((fields["event"], fields["id"], json.loads(fields["data"])))
    return events


def pictures_of(task: str, *numbers: int) -> list[str]:
    return [f"img_{task.removeprefix('task_')}_{n}" for n in numbers]


async def test_a_watcher_hears_everything_to_the_end(studio):
    task = (await studio.generate(batchSize=2)).json()["data"]["taskId"]
    response = await studio.call("GET", f"/api/generate/{task}/events")
    assert response.headers["content-type"].startswith("text/event-stream")
    events = told(response)
    assert [data["id"] for name, _, data in events if name == "image"] == pictures_of(task, 0, 1)
    name, _, end = events[-1]
    assert (name, end["status"], end["progress"], len(end["images"])) == ("end", "completed", 100, 2)
    percents = [data["progress"] for name, _, data in events if name in ("status", "progress")]
    assert percents == sorted(percents)


async def test_many_watchers_of_one_task_hear_the_same_pictures(studio):
    studio.engine.hold(after=1)
    task = (await studio.generate(batchSize=2)).json()["data"]["taskId"]
    watching = [asyncio.create_task(studio.call("GET", f"/api/generate/{task}/events")) for _ in range(10)]
    await asyncio.wait_for(studio.engine.waiting.wait(), 10)
    studio.engine.release()
    for response in await asyncio.gather(*watching):
        assert sum(name == "image" for name, _, _ in told(response)) == 2


async def test_a_watcher_that_comes_back_hears_no_picture_twice(studio):
    task = (await studio.generate(batchSize=2)).json()["data"]["taskId"]
    await studio.ended(task)
    again = await studio.call("GET", f"/api/generate/{task}/events", headers={"Last-Event-ID": "50/0"})
    assert [data["id"] for name, _, data in told(again) if name == "image"] == pictures_of(task, 1)


async def test_the_stream_of_a_cancelled_task_ends_with_its_reason(studio):
    studio.engine.hold()
    task = (await studio.generate()).json()["data"]["taskId"]
    await asyncio.wait_for(studio.engine.waiting.wait(), 10)
    watching = asyncio.create_task(studio.call("GET", f"/api/generate/{task}/events"))
    await studio.call("DELETE", f"/api/generate/{task}")
    assert told(await watching)[-1][2]["error_code"] == "CANCELLED"


async def test_anothers_task_and_no_token_are_refused(studio):
    task = (await studio.generate()).json()["data"]["taskId"]
    assert (await studio.call("GET", f"/api/generate/{task}/events", user=2)).status_code == 404
    assert (await studio.client.get(f"/api/generate/{task}/events")).status_code == 401
