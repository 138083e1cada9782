"""From registration to statistics: the platform's main job, against any base URL."""

import io
from collections.abc import Awaitable, Callable

import httpx
import pytest
from people import Person, Refused
from PIL import Image

from common.testing.eventually import eventually

PROMPT = "月光下的雪山与湖泊，一只白鹤飞过，水墨"


async def painted(person: Person, **request: object) -> list[dict[str, object]]:
    """Generate and wait; progress rises on the way. Returns the images."""
    body = {"prompt": PROMPT, "size": "512x512", "seed": 7, "steps": 20, **request}
    task = await person.post("/api/generate", body, status=201)
    assert task["images"] == []
    assert task["actualTime"] is None
    seen: list[int] = []

    async def look() -> dict[str, object]:
        state = await person.get(f"/api/generate/{task['taskId']}")
        seen.append(state["progress"])
        return state

    state = await eventually(look, lambda s: s["status"] in ("completed", "failed"), within=90)
    assert state["status"] == "completed", state
    assert seen == sorted(seen)
    assert seen[-1] == 100
    assert state["error"] is None
    return state["images"]  # type: ignore[return-value]


def works_of(person: Person) -> Callable[[], Awaitable[list[dict[str, object]]]]:
    async def look() -> list[dict[str, object]]:
        return (await person.get("/api/works/my"))["works"]  # type: ignore[no-any-return]

    return look


async def test_from_registration_to_statistics(http: httpx.AsyncClient) -> None:
    visitor, alice, bob = Person(http), await Person.register(http), await Person.register(http, "friend")

    profile = (await alice.get("/api/users/profile"))["user"]
    assert (profile["id"], profile["username"]) == (alice.id, alice.name)
    models = await alice.get("/api/models")
    assert models["source"] in ("comfyui", "default", "fallback")

    before = await alice.get("/api/credits")
    images = await painted(alice, batchSize=2, model=models["models"][0]["value"])
    assert [i["seed"] for i in images] == [7, 8]
    after = await alice.get("/api/credits")
    assert after["balance"] < before["balance"]

    for image in images:
        picture = await visitor.load(str(image["url"]))
        thumbnail = await visitor.load(str(image["thumbnail"]))
        assert (picture.status_code, thumbnail.status_code) == (200, 200)
        assert Image.open(io.BytesIO(picture.content)).size == (512, 512)
        assert max(Image.open(io.BytesIO(thumbnail.content)).size) < 512
        assert (await visitor.load(str(image["url"]).partition("?")[0])).status_code == 403

    mine = await eventually(works_of(alice), lambda works: len(works) == 2)
    assert all(w["is_public"] is False and w["prompt"] == PROMPT for w in mine)
    work = mine[0]["id"]
    with pytest.raises(Refused) as hidden:
        await bob.get(f"/api/works/{work}")
    assert (hidden.value.status, hidden.value.code) == (404, "NOT_FOUND")

    title = f"雪山 {alice.name}"
    await alice.put(f"/api/works/{work}", {"title": title, "description": "月夜", "tags": ["水墨", "山"]})
    await alice.put(f"/api/works/{work}", {"is_public": True})
    gallery = (await visitor.get("/api/works/gallery", limit=100))["works"]
    shown = next(w for w in gallery if w["id"] == work)
    assert (shown["title"], shown["author"]["username"]) == (title, alice.name)
    public = str(shown["image_url"])
    assert (await visitor.load(public)).status_code == 200

    assert await bob.post(f"/api/works/{work}/like") == {"is_liked": True, "likes_count": 1}
    assert (await bob.get(f"/api/works/{work}"))["work"]["id"] == work

    async def figures() -> dict[str, object]:
        return await alice.get("/api/stats/user")

    counted = {"total_works": 2, "total_likes": 1, "total_views": 1, "monthly_works": 2, "weekly_views": 1}
    await eventually(figures, lambda f: counted.items() <= f.items())

    await alice.put(f"/api/works/{work}", {"is_public": False})
    gallery = (await visitor.get("/api/works/gallery", limit=100))["works"]
    assert work not in [w["id"] for w in gallery]
    await eventually(lambda: visitor.load(public), lambda r: r.status_code == 404)

    await alice.delete(f"/api/works/{work}")
    assert len(await works_of(alice)()) == 1
    gone = {"total_works": 1, "total_likes": 0, "total_views": 0}
    await eventually(figures, lambda f: gone.items() <= f.items())


async def test_the_same_request_paints_the_same_picture(http: httpx.AsyncClient) -> None:
    alice = await Person.register(http)
    pictures = []
    for _ in range(2):
        (image,) = await painted(alice, seed=42)
        data = (await alice.load(str(image["url"]))).content
        pictures.append(Image.open(io.BytesIO(data)).convert("RGB").tobytes())
    assert pictures[0] == pictures[1]


async def test_a_retried_request_paints_and_costs_once(http: httpx.AsyncClient) -> None:
    alice = await Person.register(http)
    body = {"prompt": PROMPT, "size": "512x512", "steps": 10}
    key = {"Idempotency-Key": f"retry-{alice.name}"}
    first = await alice.post("/api/generate", body, status=201, **key)
    again = await alice.post("/api/generate", body, status=201, **key)
    assert again["taskId"] == first["taskId"]
    await eventually(works_of(alice), lambda works: len(works) == 1, within=60)
    assert len((await alice.get("/api/generate"))["tasks"]) == 1


async def test_logging_out_ends_the_token_everywhere(http: httpx.AsyncClient) -> None:
    alice = await Person.register(http)
    await alice.get("/api/works/my")
    await alice.post("/api/users/logout")

    async def refused() -> bool:
        codes = []
        for path in ("/api/works/my", "/api/users/profile", "/api/stats/user", "/api/credits"):
            with pytest.raises(Refused) as error:
                await alice.get(path)
            codes.append(error.value.code)
        return codes == ["UNAUTHORIZED"] * 4

    async def ended() -> bool:
        try:
            await alice.get("/api/works/my")
        except Refused:
            return True
        return False

    await eventually(ended, within=2)
    assert await refused()
