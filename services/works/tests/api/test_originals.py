"""The file without the visible label: for the owner alone, by recorded consent."""

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from PIL import Image

from common.http import errors
from common.media import media_routes
from common.objects import ORIGINALS
from common.testing.labels import judge
from common.testing.rebuilding import content_hash, rebuilt
from works import terms
from works.events import OriginalRequested

ALICE, BOB, ADMIN = 1, 2, 99
VERSION = terms.current()
CONSENT = {"consent": True, "terms_version": VERSION}


async def recorded(stage: Any) -> list[OriginalRequested]:
    """Every request in the log."""
    streams = [name async for name in stage.store.streams("original")]
    return [event.event for name in streams for event in await stage.store.read(name)]


async def loaded(stage: Any, address: str) -> httpx.Response:
    """What a browser gets at an address of the object store."""
    app = FastAPI()
    app.include_router(media_routes(stage.objects))
    errors.install(app)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app)) as browser:
        return await browser.get(address)


async def test_the_owner_who_consents_gets_the_file_and_the_log_knew_it_first(stage: Any) -> None:
    work_id = await stage.work(ALICE)
    before = datetime.now(UTC)

    original = await stage.data("POST", f"/api/works/{work_id}/original", ALICE, json=CONSENT)

    (event,) = await recorded(stage)
    assert (event.request_id, event.work_id, event.owner_id) == (original["request_id"], work_id, ALICE)
    assert event.terms_version == original["terms_version"] == VERSION
    assert before - timedelta(seconds=1) <= event.requested_at <= datetime.now(UTC)
    assert event.address_ends_at - event.requested_at == timedelta(minutes=10)
    file = await loaded(stage, original["url"])
    assert file.status_code == 200
    assert judge(file.content).values["ProduceID"] == event.image_id
    (work,) = (await stage.data("GET", "/api/works/my", ALICE))["works"]
    shown = await loaded(stage, work["image_url"])
    assert pixels(shown.content) != pixels(file.content), "what is shown otherwise bears the label"
    assert judge(shown.content).values["ProduceID"] == f"{event.image_id}.shown"


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as file:
        return file.tobytes()


@pytest.mark.parametrize("public", [False, True])
async def test_no_other_answer_holds_an_address_of_the_file(stage: Any, public: bool) -> None:
    work_id = await stage.work(ALICE, public=public)
    key = await anext(k async for k in keys(stage) if k.endswith(".png") and not k.endswith("-labelled.png"))
    answers = [
        await stage.ask("GET", "/api/works/my", ALICE),
        await stage.ask("GET", f"/api/works/{work_id}", ALICE),
        await stage.ask("PUT", f"/api/works/{work_id}", ALICE, json={"title": "新"}),
        await stage.ask("GET", "/api/works/gallery"),
    ]
    assert all(answer.is_success and key not in answer.text for answer in answers)


async def keys(stage: Any) -> Any:
    async for stored in stage.objects.list(ORIGINALS):
        yield stored.key


@pytest.mark.parametrize(
    "body",
    [
        {"consent": False, "terms_version": VERSION},
        {"consent": True, "terms_version": "2025-01"},
        {"consent": True, "terms_version": ""},
        {"consent": "true", "terms_version": VERSION},
        {"consent": True, "terms_version": {"$ne": ""}},
        {"terms_version": VERSION},
        {"consent": True},
        {},
    ],
    ids=str,
)
async def test_without_consent_to_the_present_terms_there_is_no_file_and_no_record(stage: Any, body: Any) -> None:
    work_id = await stage.work(ALICE)

    status, code = await stage.refused("POST", f"/api/works/{work_id}/original", ALICE, json=body)

    assert (status, code) in ((422, "TERMS_NOT_ACCEPTED"), (422, "VALIDATION_ERROR"))
    assert await recorded(stage) == []


async def test_nobody_else_gets_it(stage: Any) -> None:
    private, public = await stage.work(ALICE), await stage.work(ALICE, public=True)

    for user, role in ((BOB, "user"), (ADMIN, "admin")):
        ask = {"json": CONSENT, "role": role}
        assert await stage.refused("POST", f"/api/works/{private}/original", user, **ask) == (404, "NOT_FOUND")
        assert await stage.refused("POST", f"/api/works/{public}/original", user, **ask) == (403, "FORBIDDEN")
    path = f"/api/works/{public}/original"
    assert await stage.refused("POST", path, json=CONSENT) == (401, "UNAUTHORIZED")
    assert await recorded(stage) == []


async def test_each_request_is_recorded_and_the_address_expires(stage: Any) -> None:
    work_id = await stage.work(ALICE)
    originals = [await stage.data("POST", f"/api/works/{work_id}/original", ALICE, json=CONSENT) for _ in range(2)]

    assert len(await recorded(stage)) == 2
    key = originals[0]["url"].partition(f"/media/{ORIGINALS}/")[2].partition("?")[0]
    assert (await loaded(stage, stage.objects.address(ORIGINALS, key, life=timedelta(seconds=-1)))).status_code == 403
    assert (await loaded(stage, originals[0]["url"].partition("?")[0])).status_code == 403


async def test_administrators_see_who_received_what_when_also_after_the_work_is_gone(stage: Any) -> None:
    await stage.registered(ALICE, "alice")
    works = [await stage.work(user) for user in (ALICE, BOB)]
    for user, work_id in zip((ALICE, BOB), works, strict=True):
        await stage.data("POST", f"/api/works/{work_id}/original", user, json=CONSENT)
    assert (await stage.ask("DELETE", f"/api/works/{works[0]}", ALICE)).is_success

    record = await stage.data("GET", "/api/works/originals", ADMIN, role="admin")
    (hers,) = (await stage.data("GET", f"/api/works/originals?user_id={ALICE}", ADMIN, role="admin"))["requests"]

    assert [request["user"]["id"] for request in record["requests"]] == [BOB, ALICE]
    assert record["pagination"]["total_count"] == 2
    assert (hers["work_id"], hers["user"]["username"], hers["terms_version"]) == (works[0], "alice", VERSION)
    assert hers["image_id"].startswith("img_")
    assert await stage.refused("GET", "/api/works/originals", ALICE) == (403, "FORBIDDEN")


async def test_the_record_is_the_same_after_a_rebuild(stage: Any) -> None:
    work_id = await stage.work(ALICE)
    await stage.data("POST", f"/api/works/{work_id}/original", ALICE, json=CONSENT)
    before = await content_hash(stage.store.db, ["originals"])

    assert await rebuilt(stage.store, emptied=True) is not None
    assert await content_hash(stage.store.db, ["originals"]) == before


async def test_everybody_reads_the_terms_that_must_be_accepted(stage: Any) -> None:
    shown = await stage.data("GET", "/api/terms")

    assert shown["version"] == shown["versions"][-1] == VERSION
    for said in ("AI生成", "隐式标识", "六个月", "GB 45438-2025"):
        assert said in shown["text"]
