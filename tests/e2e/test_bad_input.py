"""Bad input on each route of the journey: a clear error in the envelope, and nothing changed."""

from typing import Any

import httpx
import pytest
from people import Person, Refused

BAD = [
    (
        "POST",
        "/api/users/register",
        {"username": "a", "email": "a@example.com", "password": "secret1"},
        422,
        "INVALID_USERNAME",
    ),
    (
        "POST",
        "/api/users/register",
        {"username": "fine_name", "email": "nonsense", "password": "secret1"},
        422,
        "INVALID_EMAIL",
    ),
    (
        "POST",
        "/api/users/register",
        {"username": "fine_name", "email": "a@example.com", "password": "abc"},
        422,
        "WEAK_PASSWORD",
    ),
    ("POST", "/api/users/login", {"username": {"$ne": ""}, "password": {"$ne": ""}}, 422, "VALIDATION_ERROR"),
    ("POST", "/api/users/login", {"username": "nobody_at_all", "password": "secret1"}, 404, "USER_NOT_FOUND"),
    ("PUT", "/api/users/profile", {"bio": "x" * 201}, 422, "VALIDATION_ERROR"),
    ("PUT", "/api/users/profile", {"website": "javascript:alert(1)"}, 422, "VALIDATION_ERROR"),
    ("POST", "/api/generate", {"prompt": "  "}, 422, "INVALID_PROMPT"),
    ("POST", "/api/generate", {"prompt": "x" * 501}, 422, "INVALID_PROMPT"),
    ("POST", "/api/generate", {"prompt": {"$gt": ""}}, 422, "INVALID_PROMPT"),
    ("POST", "/api/generate", {"prompt": "猫", "batchSize": 5}, 422, "INVALID_BATCH_SIZE"),
    ("POST", "/api/generate", {"prompt": "猫", "steps": 9}, 422, "INVALID_STEPS"),
    ("POST", "/api/generate", {"prompt": "猫", "cfgScale": 21}, 422, "INVALID_CFG_SCALE"),
    ("POST", "/api/generate", {"prompt": "猫", "size": "4096x4096"}, 422, "INVALID_SIZE"),
    ("POST", "/api/generate", {"prompt": "猫", "model": "no-such-model"}, 422, "INVALID_MODEL"),
    ("GET", "/api/generate/task_unknown", None, 404, "NOT_FOUND"),
    ("GET", "/api/works/my?page=0", None, 422, "VALIDATION_ERROR"),
    ("GET", "/api/works/gallery?limit=101", None, 422, "VALIDATION_ERROR"),
    ("GET", "/api/works/gallery?sort=$where", None, 422, "VALIDATION_ERROR"),
    ("GET", "/api/works/999999", None, 404, "NOT_FOUND"),
    ("PUT", "/api/works/999999", {"title": "x"}, 404, "NOT_FOUND"),
    ("DELETE", "/api/works/999999", None, 404, "NOT_FOUND"),
    ("POST", "/api/works/999999/like", {}, 404, "NOT_FOUND"),
    ("GET", "/api/nothing/here", None, 404, "NOT_FOUND"),
    ("PATCH", "/api/works/gallery", {}, 405, "METHOD_NOT_ALLOWED"),
]


@pytest.fixture(scope="module")
async def alice(http: httpx.AsyncClient) -> Person:
    return await Person.register(http)


async def snapshot(person: Person) -> Any:
    """What bad input could have changed."""
    return [
        await person.get("/api/users/profile"),
        await person.get("/api/credits"),
        await person.get("/api/generate"),
        await person.get("/api/works/my"),
    ]


@pytest.mark.parametrize(("method", "path", "body", "status", "code"), BAD)
async def test_bad_input_is_refused_clearly_and_changes_nothing(
    alice: Person, method: str, path: str, body: Any, status: int, code: str
) -> None:
    before = await snapshot(alice)
    with pytest.raises(Refused) as refused:
        await alice._ask(method, path, **({"json": body} if body is not None else {}))
    assert (refused.value.status, refused.value.code) == (status, code)
    assert await snapshot(alice) == before


@pytest.mark.parametrize(
    "path", ["/api/users/profile", "/api/models", "/api/generate", "/api/works/my", "/api/stats/user", "/api/credits"]
)
async def test_without_a_token_private_routes_answer_401(http: httpx.AsyncClient, path: str) -> None:
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}, {"X-User-Id": "1"}):
        response = await http.get(path, headers=headers)
        assert (response.status_code, response.json()["code"]) == (401, "UNAUTHORIZED")


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"[]", b'"text"', b"null"])
async def test_a_body_that_is_no_json_object_is_a_bad_request(alice: Person, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    response = await alice.http.post("/api/generate", content=body, headers=headers)
    assert response.status_code in (400, 422)
    assert response.json()["success"] is False


async def test_a_body_over_ten_megabytes_is_refused(alice: Person) -> None:
    headers = {"Authorization": f"Bearer {alice.token}", "Content-Type": "application/json"}
    body = b'{"prompt": "' + b"x" * (10 * 1024 * 1024 + 1) + b'"}'
    response = await alice.http.post("/api/generate", content=body, headers=headers)
    assert (response.status_code, response.json()["code"]) == (413, "PAYLOAD_TOO_LARGE")
