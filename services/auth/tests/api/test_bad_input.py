"""Bad input: a clear error in the envelope, nothing changed."""

from typing import Any

import pytest

from auth.testing import PASSWORD, Auth

GOOD = {"username": "newuser", "email": "new@example.com", "password": PASSWORD}


@pytest.mark.parametrize("bad", [None, 1, True, [], {}, {"$ne": ""}, {"$gt": ""}, "a\x00b", "", " ", "x" * 5000])
@pytest.mark.parametrize(
    ("field", "code"),
    [("username", "INVALID_USERNAME"), ("email", "INVALID_EMAIL"), ("password", "WEAK_PASSWORD")],
)
async def test_a_bad_registration_is_refused_with_the_fields_own_code(
    auth: Auth, field: str, code: str, bad: Any
) -> None:
    answer = await auth.client.post("/api/users/register", json={**GOOD, field: bad})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert answer.json()["details"][0]["field"] == field
    assert await auth.db.events.count_documents({}) == 0


@pytest.mark.parametrize("missing", ["username", "email", "password"])
async def test_a_missing_field_is_named(auth: Auth, missing: str) -> None:
    body = {name: value for name, value in GOOD.items() if name != missing}
    answer = await auth.client.post("/api/users/register", json=body)
    assert answer.status_code == 422
    assert [detail["field"] for detail in answer.json()["details"]] == [missing]


@pytest.mark.parametrize(
    "body",
    [
        {"username": {"$ne": ""}, "password": {"$ne": ""}},
        {"username": "alice", "password": {"$gt": ""}},
        {"username": ["alice"], "password": PASSWORD},
        {"username": "alice", "password": PASSWORD, "rememberMe": "yes"},
        {"username": "alice\x00", "password": PASSWORD},
        {"username": "alice"},
        {"username": "alice", "password": "a1" * 65},
    ],
)
async def test_a_bad_login_is_refused_and_does_not_count(auth: Auth, body: Any) -> None:
    await auth.register("alice")
    answer = await auth.client.post("/api/users/login", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert await auth.db.events.count_documents({}) == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"username": "x"}, "INVALID_USERNAME"),
        ({"username": None}, "INVALID_USERNAME"),
        ({"email": {"$ne": ""}}, "INVALID_EMAIL"),
        ({"bio": "字" * 201}, "VALIDATION_ERROR"),
        ({"bio": {"$set": 1}}, "VALIDATION_ERROR"),
        ({"bio": "bell\x07"}, "VALIDATION_ERROR"),
        ({"website": "javascript:alert(1)"}, "VALIDATION_ERROR"),
        ({"location": 5}, "VALIDATION_ERROR"),
        ({"location": "x" * 101}, "VALIDATION_ERROR"),
    ],
)
async def test_a_bad_profile_update_is_refused(auth: Auth, body: Any, code: str) -> None:
    bearer = await auth.bearer("alice")
    before = await auth.db.events.count_documents({})
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={"bio": "fine", **body})
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert await auth.db.events.count_documents({}) == before


@pytest.mark.parametrize("body", [{"following": "true"}, {"following": 1}, {"following": {"$ne": 1}}])
async def test_a_bad_wish_is_refused(auth: Auth, body: Any) -> None:
    alice, _ = await auth.bearer("alice"), await auth.bearer("bob")
    answer = await auth.client.post("/api/users/2/follow", headers=alice, json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert await auth.db.follows.count_documents({}) == 0


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"\xff\xfe", b"null"])
@pytest.mark.parametrize("path", ["/api/users/register", "/api/users/login"])
async def test_a_body_that_cannot_be_read_is_a_bad_request(auth: Auth, path: str, content: bytes) -> None:
    answer = await auth.client.post(path, content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "BAD_REQUEST")


async def test_unknown_keys_are_ignored_and_give_no_rights(auth: Auth) -> None:
    await auth.client.post("/api/users/register", json={**GOOD, "role": "admin", "id": 77, "where": "1"})
    user = await auth.db.users.find_one({"username": "newuser"})
    assert user is not None
    assert (user["_id"], user["role"]) == (1, "user")
    bearer = {"Authorization": f"Bearer {(await auth.login('newuser')).json()['data']['token']}"}
    answer = await auth.client.put("/api/users/profile", headers=bearer, json={"role": "admin", "password_hash": "x"})
    assert answer.json()["data"]["user"]["role"] == "user"


async def test_the_wrong_method_is_said_to_be_wrong(auth: Auth) -> None:
    answer = await auth.client.get("/api/users/register")
    assert (answer.status_code, answer.json()["code"]) == (405, "METHOD_NOT_ALLOWED")
