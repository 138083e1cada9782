"""Who sees and changes what: the owner, another user, a visitor."""

from typing import Any

import pytest

OWNER, STRANGER, VISITOR = 1, 2, None
HIDDEN, FORBIDDEN, LOGIN = (404, "NOT_FOUND"), (403, "FORBIDDEN"), (401, "UNAUTHORIZED")
ALLOWED = None

REQUESTS: dict[str, tuple[str, str, Any]] = {
    "look": ("GET", "", None),
    "comments": ("GET", "/comments", None),
    "update": ("PUT", "", {"description": "x"}),
    "delete": ("DELETE", "", None),
    "like": ("POST", "/like", {"liked": True}),
    "rate": ("PUT", "/rating", {"score": 5}),
    "comment": ("POST", "/comments", {"content": "好看"}),
}
TABLE = [
    # what, private work: owner, stranger, visitor; public work: owner, stranger, visitor
    ("look", ALLOWED, HIDDEN, HIDDEN, ALLOWED, ALLOWED, ALLOWED),
    ("comments", ALLOWED, HIDDEN, HIDDEN, ALLOWED, ALLOWED, ALLOWED),
    ("update", ALLOWED, HIDDEN, LOGIN, ALLOWED, FORBIDDEN, LOGIN),
    ("delete", ALLOWED, HIDDEN, LOGIN, ALLOWED, FORBIDDEN, LOGIN),
    ("like", ALLOWED, HIDDEN, LOGIN, ALLOWED, ALLOWED, LOGIN),
    ("rate", ALLOWED, HIDDEN, LOGIN, ALLOWED, ALLOWED, LOGIN),
    ("comment", ALLOWED, HIDDEN, LOGIN, ALLOWED, ALLOWED, LOGIN),
]


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
async def test_who_may_do_what(stage: Any, row: tuple[Any, ...]) -> None:
    method, path, body = REQUESTS[row[0]]
    for public, expected in ((False, row[1:4]), (True, row[4:7])):
        work_id = await stage.work(OWNER, public=public)
        for user, refusal in reversed(list(zip((OWNER, STRANGER, VISITOR), expected, strict=True))):
            request = (method, f"/api/works/{work_id}{path}", user)
            if refusal is ALLOWED:
                assert (await stage.ask(*request, json=body)).is_success
            else:
                before = await stage.store.db.events.count_documents({})
                assert await stage.refused(*request, json=body) == refusal
                assert await stage.store.db.events.count_documents({}) == before


async def test_another_users_work_is_not_in_my_list(stage: Any) -> None:
    await stage.work(OWNER, public=True)

    assert (await stage.data("GET", "/api/works/my", STRANGER))["works"] == []


async def test_my_list_needs_a_token(stage: Any) -> None:
    assert await stage.refused("GET", "/api/works/my") == LOGIN


async def test_a_private_work_is_never_in_the_gallery(stage: Any) -> None:
    await stage.work(OWNER)

    for query in ("", "?sort=popular", "?search=月光", "?time_filter=today"):
        assert (await stage.data("GET", f"/api/works/gallery{query}"))["works"] == []


async def test_the_detail_shows_the_whole_recipe_and_no_private_address(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    work = (await stage.data("GET", f"/api/works/{work_id}"))["work"]

    assert (work["params"]["seed"], work["params"]["sampler"], work["params"]["engine"]) == (42, "euler", "sketch")
    assert "originals" not in work["image_url"] + work["thumbnail_url"]
    assert work["author"]["username"] == f"用户{OWNER}"
    assert work["is_liked"] is False
