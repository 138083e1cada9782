"""Changing a work's words."""

import asyncio
import json
from typing import Any

import pytest

OWNER = 1
JSON = {"Content-Type": "application/json"}
NO_IDS = ["abc", "-1", str(2**53), str(2**60), "9" * 400, "1.5", "%24ne", "[$ne]", "1%00", "１x"]
WORDS = {"title": "标题", "description": "描述", "tags": ["一", "二"], "category": "concept"}


async def stored(stage: Any, work_id: int) -> dict[str, Any]:
    work = await stage.store.db.works.find_one({"_id": work_id})
    return {name: work[name] for name in WORDS}


async def test_an_absent_key_is_unchanged_and_an_empty_text_clears(stage: Any) -> None:
    work_id = await stage.work(OWNER, **WORDS)
    path = f"/api/works/{work_id}"

    await stage.data("PUT", path, OWNER, json={"title": "新标题"})
    assert await stored(stage, work_id) == {**WORDS, "title": "新标题"}

    await stage.data("PUT", path, OWNER, json={"description": "", "tags": [], "category": "", "unknown": 1})
    assert await stored(stage, work_id) == {"title": "新标题", "description": "", "tags": [], "category": ""}


async def test_text_is_trimmed_and_tags_given_twice_count_once(stage: Any) -> None:
    work_id = await stage.work(OWNER)

    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"title": "  夜  ", "tags": ["山", " 山 ", "水"]})

    assert (await stored(stage, work_id))["title"] == "夜"
    assert (await stored(stage, work_id))["tags"] == ["山", "水"]


async def test_an_update_that_changes_nothing_is_no_event(stage: Any) -> None:
    work_id = await stage.work(OWNER, **WORDS)
    before = await stage.store.db.events.count_documents({})

    for body in ({}, WORDS, {"is_public": False}, {"title": None}):
        await stage.data("PUT", f"/api/works/{work_id}", OWNER, json=body)

    assert await stage.store.db.events.count_documents({}) == before


async def test_a_title_of_another_own_work_is_refused_without_regard_to_case(stage: Any) -> None:
    await stage.work(OWNER, title="Neon")
    work_id = await stage.work(OWNER, title="Other")

    for title in ("Neon", "NEON", "ｎｅｏｎ"):
        body = {"title": title, "is_public": True}
        assert await stage.refused("PUT", f"/api/works/{work_id}", OWNER, json=body) == (409, "DUPLICATE_TITLE")

    assert (await stored(stage, work_id))["title"] == "Other"
    assert (await stage.data("GET", "/api/works/gallery"))["works"] == []


async def test_of_two_works_that_want_a_title_at_once_one_gets_it(stage: Any) -> None:
    works = [await stage.work(OWNER, title=f"第{n}") for n in range(4)]

    answers = await asyncio.gather(
        *(stage.ask("PUT", f"/api/works/{work_id}", OWNER, json={"title": "唯一"}) for work_id in works)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]


async def test_a_deleted_works_title_is_free_again(stage: Any) -> None:
    gone, work_id = await stage.work(OWNER, title="名字"), await stage.work(OWNER)
    await stage.ask("DELETE", f"/api/works/{gone}", OWNER)

    changed = await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"title": "名字"})

    assert changed["work"]["title"] == "名字"


BAD_FIELDS: list[dict[str, Any]] = [
    {"title": ""},
    {"title": "   "},
    {"title": "长" * 101},
    {"title": {"$ne": ""}},
    {"title": ["x"]},
    {"title": 5},
    {"title": "a\x00b"},
    {"title": "\ud800"},
    {"description": "长" * 1001},
    {"description": {"$gt": ""}},
    {"tags": ["x"] * 11},
    {"tags": ["长" * 21]},
    {"tags": [""]},
    {"tags": "x"},
    {"tags": [{"$where": "1"}]},
    {"category": "长" * 31},
    {"is_public": "true"},
    {"is_public": 1},
    {"is_public": {"$ne": False}},
]


async def test_bad_fields_are_refused_and_change_nothing(stage: Any) -> None:
    work_id = await stage.work(OWNER, **WORDS)
    before = await stage.store.db.events.count_documents({})

    for body in BAD_FIELDS:
        answer = await stage.ask("PUT", f"/api/works/{work_id}", OWNER, content=json.dumps(body), headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR"), body
        assert answer.json()["details"][0]["field"].split(".")[0] == next(iter(body))
    assert await stage.store.db.events.count_documents({}) == before


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b'"x"'])
async def test_a_body_that_is_no_object_is_400(stage: Any, content: bytes) -> None:
    work_id = await stage.work(OWNER)

    refusal = await stage.refused("PUT", f"/api/works/{work_id}", OWNER, content=content, headers=JSON)

    assert refusal == (400, "BAD_REQUEST")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "", None),
        ("PUT", "", {"title": "x"}),
        ("DELETE", "", None),
        ("POST", "/like", {}),
        ("PUT", "/rating", {"score": 3}),
        ("POST", "/comments", {"content": "x"}),
        ("DELETE", "/comments/1", None),
        ("POST", "/moderation", {"decision": "approve"}),
        ("POST", "/appeal", {"reason": "x"}),
        ("PUT", "/featured", {"featured": True}),
    ],
)
async def test_what_can_be_no_id_is_not_found(stage: Any, method: str, path: str, body: Any) -> None:
    for no_id in NO_IDS:
        refusal = await stage.refused(method, f"/api/works/{no_id}{path}", OWNER, role="admin", json=body)

        assert refusal == (404, "NOT_FOUND"), no_id


async def test_path_tricks_are_not_found(stage: Any) -> None:
    for path in ("/api/works/..%2f..%2fetc", "/api/works/1/../../x", "/api/works/", "/api/works"):
        assert await stage.refused("GET", path, OWNER) == (404, "NOT_FOUND"), path
