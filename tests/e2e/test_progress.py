"""Watching a picture being painted, live, through the edge of both stages."""

import json
from typing import Any

import httpx
from people import Person


async def watch(http: httpx.AsyncClient, person: Person, task: str, last: str = "", stop_at: str = "end") -> list[Any]:
    """The events until one of the name `stop_at`, each as (name, id, data); a stream that ends sooner is resumed."""
    events: list[Any] = []
    while not events or events[-1][0] != stop_at:
        events += await heard(http, person, task, events[-1][1] if events else last, stop_at)
    return events


async def heard(http: httpx.AsyncClient, person: Person, task: str, last: str, stop_at: str) -> list[Any]:
    """The events of one stream, up to one of the name `stop_at` if it comes."""
    headers = {"Authorization": f"Bearer {person.token}", "Last-Event-ID": last}
    events: list[Any] = []
    fields: dict[str, str] = {}
    async with http.stream("GET", f"/api/generate/{task}/events", headers=headers) as response:
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        async for line in response.aiter_lines():
            if line and not line.startswith(":"):
                name, _, value = line.partition(": ")
                fields[name] = value
            elif fields:
                events.append((fields["event"], fields["id"], json.loads(fields["data"])))
                if fields["event"] == stop_at:
                    return events
                fields = {}
    return events


async def test_progress_is_streamed_as_it_happens_and_resumes_after_a_lost_connection(http: httpx.AsyncClient) -> None:
    alice = await Person.register(http)
    body = {"prompt": "雪夜的灯笼", "size": "512x512", "steps": 20, "batchSize": 3}
    task = (await alice.post("/api/generate", body, status=201))["taskId"]
    first = await watch(http, alice, task, stop_at="image")
    seen = first[-1][1]
    state = await alice.get(f"/api/generate/{task}")
    assert state["status"] == "processing", "the first picture is told before the task has ended"
    rest = await watch(http, alice, task, last=seen)
    images = [data["id"] for name, _, data in [*first, *rest] if name == "image"]
    assert images == [f"img_{task.removeprefix('task_')}_{n}" for n in range(3)]
    assert rest[-1][0] == "end"
    assert rest[-1][2]["progress"] == 100
