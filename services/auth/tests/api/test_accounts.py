"""Register and log in."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from auth.testing import PASSWORD, Auth
from common.security import KeySet, TokenVerifier


async def test_a_new_user_is_answered_in_the_documents_shape(auth: Auth) -> None:
    answer = await auth.register("testuser", email="Test@Example.com")
    assert answer.status_code == 201
    body = answer.json()
    assert body["success"] is True
    assert body["message"] == "注册成功"
    user = body["data"]["user"]
    assert set(user) == {"id", "username", "email", "created_at"}
    assert user["id"] == 1
    assert user["created_at"].endswith("Z")


async def test_a_login_gives_a_token_that_every_service_accepts(auth: Auth) -> None:
    await auth.register("alice")
    answer = await auth.login("ALICE")
    data = answer.json()["data"]
    assert answer.json()["message"] == "登录成功"

    async def fetch() -> KeySet:
        keys: KeySet = (await auth.client.get("/.well-known/jwks.json")).json()
        return keys

    identity = await TokenVerifier(fetch).verify(data["token"])
    assert (identity.user_id, identity.username, identity.role) == (1, "alice", "user")
    assert life(data) == timedelta(hours=24)
    assert data["user"]["last_login"] is not None


async def test_a_remembered_login_lasts_thirty_days(auth: Auth) -> None:
    await auth.register("alice")
    answer = await auth.login("alice@EXAMPLE.com", rememberMe=True)
    assert life(answer.json()["data"]) == timedelta(days=30)


def life(session: dict[str, str]) -> timedelta:
    """How long a session lasts from now, to the minute."""
    left = datetime.fromisoformat(session["expires_at"]) - datetime.now(UTC)
    return timedelta(minutes=round(left / timedelta(minutes=1)))


async def test_fifty_at_once_with_one_name_make_one_user(auth: Auth) -> None:
    names = [("Racer" if n % 2 else "rACER", f"r{n}@example.com") for n in range(50)]
    answers = await asyncio.gather(*(auth.register(name, email=email) for name, email in names))
    assert sorted(answer.status_code for answer in answers) == [201, *[409] * 49]
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"USER_EXISTS"}
    assert await auth.db.users.count_documents({}) == 1
    assert await auth.db.events.count_documents({}) == 1


async def test_an_address_is_taken_without_regard_to_case(auth: Auth) -> None:
    await auth.register("alice", email="shared@example.com")
    answer = await auth.register("bob", email="SHARED@Example.COM")
    assert (answer.status_code, answer.json()["code"]) == (409, "USER_EXISTS")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("ÄRGER@example.com", "ärger@example.com"),
        ("Ｂob@example.com", "bob@example.com"),
        ("a@BÜCHER.de", "a@xn--bcher-kva.de"),
    ],
    ids=["umlaut", "fullwidth", "punycode"],
)
async def test_an_address_beyond_ascii_is_taken_in_whatever_form(auth: Auth, first: str, second: str) -> None:
    assert (await auth.register("alice", email=first)).status_code == 201
    answer = await auth.register("bob", email=second)
    assert (answer.status_code, answer.json()["code"]) == (409, "USER_EXISTS")
    assert (await auth.login(second)).status_code == 200


async def test_unknown_user_and_wrong_password_are_told_apart(auth: Auth) -> None:
    await auth.register("alice")
    unknown, wrong = await auth.login("nobody"), await auth.login("alice", "wrong123")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "USER_NOT_FOUND")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "INVALID_CREDENTIALS")


async def test_five_wrong_passwords_lock_for_a_quarter_of_an_hour(auth: Auth) -> None:
    await auth.register("alice")
    for _ in range(5):
        assert (await auth.login("alice", "wrong123")).status_code == 401
    locked = await auth.login("alice")
    assert (locked.status_code, locked.json()["code"]) == (403, "ACCOUNT_LOCKED")
    assert 895 <= int(locked.headers["Retry-After"]) <= 900
    assert locked.json()["details"][0]["field"] == "expires_at"


async def test_a_lock_ends_after_fifteen_minutes_whatever_was_tried_meanwhile(auth: Auth) -> None:
    await auth.register("alice")
    for _ in range(5):
        await auth.login("alice", "wrong123")
    locked_until = (await auth.store.read("user-1"))[-1].event.model_dump()["until"]
    auth.clock.ahead = timedelta(minutes=14, seconds=50)
    assert (await auth.login("alice", "wrong123")).status_code == 403
    refused = await auth.login("alice")
    assert 0 < int(refused.headers["Retry-After"]) <= 10
    auth.clock.ahead = locked_until - datetime.now(UTC)
    assert (await auth.login("alice", "wrong123")).status_code == 401
    assert (await auth.login("alice")).status_code == 200


async def test_a_password_at_the_limits_of_its_length_is_taken(auth: Auth) -> None:
    for name, password in (("short", "abc123"), ("long", "a1" * 64)):
        assert (await auth.register(name, password=password)).status_code == 201
        assert (await auth.login(name, password)).status_code == 200


async def test_wrong_passwords_sent_at_once_are_all_counted(auth: Auth) -> None:
    await auth.register("alice")
    answers = await asyncio.gather(*(auth.login("alice", "wrong123") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [*[401] * 5, *[403] * 7]
    assert await auth.db.events.count_documents({"type": "AccountLocked"}) == 1


async def test_no_answer_carries_the_hash(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    answers = [
        await auth.register("bob"),
        await auth.login("alice"),
        await auth.client.get("/api/users/profile", headers=bearer),
        await auth.client.put("/api/users/profile", headers=bearer, json={"bio": "x"}),
        await auth.client.get("/api/users/1", headers=bearer),
    ]
    for answer in answers:
        assert answer.is_success
        assert "argon2" not in answer.text
        assert "password" not in answer.text
    stored = await auth.db.events.find_one({"type": "UserRegistered"})
    assert stored is not None
    assert stored["data"]["password_hash"].startswith("$argon2id$")
    assert PASSWORD not in str(stored)


async def test_the_key_set_is_no_envelope_and_may_be_cached(auth: Auth) -> None:
    answer = await auth.client.get("/.well-known/jwks.json")
    assert set(answer.json()) == {"keys"}
    assert answer.json()["keys"][0]["kty"] == "OKP"
    assert "max-age" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("password", ["password123", "PASSWORD123", "chuangxiang1"])
async def test_a_password_on_the_blocklist_is_refused_at_registration_and_change(auth: Auth, password: str) -> None:
    refused = await auth.register("alice", password=password)
    assert (refused.status_code, refused.json()["code"]) == (422, "WEAK_PASSWORD")
    assert refused.json()["details"] == [{"field": "password", "message": "这个密码过于常见，请换一个"}]
    body = {"currentPassword": PASSWORD, "newPassword": password}
    refused = await auth.client.put("/api/users/password", headers=await auth.bearer("bob"), json=body)
    assert (refused.status_code, refused.json()["details"][0]["field"]) == (422, "newPassword")
    assert (await auth.login("bob")).status_code == 200
