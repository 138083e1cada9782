"""Text as nobody would type it. User names are ASCII; a biography is anybody's language, without control characters."""

import json
from typing import Any

import pytest

from auth.testing import PASSWORD, Auth

LOOKALIKES = [
    "аdmin",  # Cyrillic а
    "αlice",  # Greek α
    "alice\u200b",
    "ali\u200dce",
    "\u202ealice",
    "alice\ufeff",
    "ａｌｉｃｅ",
    "alıce",
    "alice\u0301",
    "ali\u00adce",
    "𝐚𝐥𝐢𝐜𝐞",
    "al ice",
    "alice\x00",
    "alice\x1b[31m",
]


@pytest.mark.parametrize("name", LOOKALIKES, ids=ascii)
async def test_a_name_that_looks_like_another_cannot_be_registered_or_taken(auth: Auth, name: str) -> None:
    bearer = await auth.bearer("bob")
    body = {"username": name, "email": "new@example.com", "password": PASSWORD}
    registered = await auth.client.post("/api/users/register", json=body)
    changed = await auth.client.put("/api/users/profile", headers=bearer, json={"username": name})
    for answer in (registered, changed):
        assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_USERNAME")
    assert await auth.db.users.count_documents({}) == 1


@pytest.mark.parametrize("field", ["bio", "location"])
@pytest.mark.parametrize(
    "text",
    [
        "שלום עולם",
        "مرحبا \u202eعالم",
        "👨\u200d👩\u200d👧",
        "zero\u200bwidth",
        "第一行\n第二行\t。",
        "<b>'\";--</b>",
        "${7*7}",
    ],
)
async def test_text_of_any_script_is_kept_as_it_is(auth: Auth, field: str, text: str) -> None:
    bearer = await auth.bearer("alice")
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={field: text})
    assert answer.json()["data"]["user"][field] == text
    assert (await auth.client.get("/api/users/1")).json()["data"]["user"][field] == text


@pytest.mark.parametrize("field", ["bio", "location", "website"])
@pytest.mark.parametrize("character", ["\x00", "\x07", "\x1b", "\x7f", "\x85", "\x9b", "\ud800"], ids=ascii)
async def test_control_characters_are_refused(auth: Auth, field: str, character: str) -> None:
    bearer = {**await auth.bearer("alice"), "Content-Type": "application/json"}
    text = f"https://a.com/{character}b"
    answer = await auth.client.put("/api/users/profile", headers=bearer, content=json.dumps({field: text}))
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert answer.json()["details"][0]["field"] == field


@pytest.mark.parametrize(
    "address",
    [
        "https://good.com\\@evil.com",
        "https://a.com/\u202egpj.exe",
        "https://a\u200b.com",
        "https://a.com/\u00a0b",
        "data:text/html,x",
    ],
    ids=ascii,
)
async def test_a_web_address_that_misleads_is_refused(auth: Auth, address: str) -> None:
    bearer = await auth.bearer("alice")
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={"website": address})
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")


async def test_a_biography_is_measured_after_trimming(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={"bio": f" \u3000\n{'字' * 200}\n  "})
    assert answer.json()["data"]["user"]["bio"] == "字" * 200
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={"bio": "😀" * 200})
    assert answer.status_code == 200
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={"bio": "😀" * 201})
    assert answer.status_code == 422


UNREADABLE = ["[" * 100_000, '{"username":' * 50_000, '{"username": ' + "9" * 5_000 + "}"]
WRONG = ["NaN", "Infinity", "-Infinity", "1e400", "1" * 300, "1.5", "-0", "true", "null", '{"$ne": null}', "[[[]]]"]


@pytest.mark.parametrize("content", UNREADABLE, ids=["arrays", "objects", "digits"])
async def test_a_body_that_explodes_is_a_bad_request(auth: Auth, content: str) -> None:
    for path in ("register", "login"):
        answer = await auth.client.post(
            f"/api/users/{path}", content=content, headers={"Content-Type": "application/json"}
        )
        assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


@pytest.mark.parametrize("value", WRONG)
async def test_numbers_and_objects_are_no_text(auth: Auth, value: str) -> None:
    headers = {"Content-Type": "application/json"}
    body = f'{{"username": {value}, "email": {value}, "password": {value}}}'
    answer = await auth.client.post("/api/users/register", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_USERNAME")
    answer = await auth.client.post("/api/users/login", content=body, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert await auth.db.events.count_documents({}) == 0


@pytest.mark.parametrize("query", ["page=1&page=2", "id=1&id=2", "x=%00", "x=%ff", "&&==", "x=" + "1" * 5000])
async def test_queries_that_no_route_asks_for_change_nothing(auth: Auth, query: str) -> None:
    bearer = await auth.bearer("alice")
    plain = (await auth.client.get("/api/users/1", headers=bearer)).json()
    assert (await auth.client.get(f"/api/users/1?{query}", headers=bearer)).json() == plain


async def test_of_a_key_sent_twice_one_value_counts_and_obeys_the_rules(auth: Auth) -> None:
    body: Any = '{"username": "alice", "username": {"$ne": ""}, "email": "a@example.com", "password": "abc123"}'
    answer = await auth.client.post("/api/users/register", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (422, "INVALID_USERNAME")


@pytest.mark.parametrize("extra", [{"$where": "1"}, {"a.b": 1}, {"extra": [{"$set": {"role": "admin"}}]}])
async def test_a_key_like_an_operator_or_a_path_is_refused_wherever_it_stands(
    auth: Auth, extra: dict[str, Any]
) -> None:
    answer = await auth.register("alice", **extra)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    answer = await auth.client.get("/api/users/1?a[$ne]=1")
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "a[$ne]")
    assert await auth.db.events.count_documents({}) == 0
