"""Stories of accounts: what takes more than one request to see."""

import base64
import io
import json
from typing import Any

import httpx
import pytest
from document.cast import PASSWORD, login, person, shut_out
from document.coverage import covers
from people import Json, Person
from PIL import Image, PngImagePlugin

from common.testing.eventually import eventually

DAY = 24 * 3600


def claims(token: str, part: int = 1) -> Any:
    text = token.split(".")[part]
    return json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))


@covers("register.username.3_characters")
async def test_the_shortest_name_is_accepted(http: httpx.AsyncClient) -> None:
    data = {"username": "a_1", "email": "a_1@example.com", "password": PASSWORD}
    answer = await http.post("/api/users/register", json=data)
    assert answer.status_code == 201, answer.text


@covers("register.username.taken_in_other_case")
async def test_names_and_addresses_are_unique_without_regard_to_case(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    for username, email in ((ann.name.upper(), "other@example.com"), ("other_name", f"{ann.name}@EXAMPLE.com")):
        data = {"username": username, "email": email, "password": PASSWORD}
        answer = await http.post("/api/users/register", json=data)
        assert (answer.status_code, answer.json()["code"]) == (409, "USER_EXISTS")
    assert (await login(http, ann.name.upper())).status_code == 200


@covers("login.account_locked", "login.account_locked.after_5")
async def test_five_wrong_passwords_lock_the_account(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    for _ in range(5):
        assert (await login(http, ann.name, "wrong-1")).json()["code"] == "INVALID_CREDENTIALS"
    answer = await login(http, ann.name)
    assert (answer.status_code, answer.json()["code"]) == (403, "ACCOUNT_LOCKED")
    assert 14 * 60 < int(answer.headers["Retry-After"]) <= 15 * 60


@covers("login.remember.default", "login.token.24_hours", "login.token.30_days", "login.token.kid")
async def test_a_token_lives_a_day_and_a_remembered_one_thirty(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    for wish, life in (({}, DAY), ({"rememberMe": False}, DAY), ({"rememberMe": True}, 30 * DAY)):
        token = (await login(http, ann.name, **wish)).json()["data"]["token"]
        assert claims(token)["exp"] - claims(token)["iat"] == pytest.approx(life, abs=1)
        header = claims(token, 0)
        assert header["alg"] in ("EdDSA", "ES256", "RS256")
        assert header["kid"]


@covers("profile.update.username.renamed")
async def test_a_renamed_user_logs_in_by_the_new_name(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    renamed = await ann.put("/api/users/profile", {"username": f"{ann.name}_b"})
    assert renamed["user"]["username"] == f"{ann.name}_b"
    assert (await login(http, f"{ann.name}_b")).status_code == 200
    assert (await login(http, ann.name)).status_code == 404


@covers("password.changed", "password.changed.ends_tokens")
async def test_a_changed_password_ends_earlier_tokens_everywhere(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    change = {"currentPassword": PASSWORD, "newPassword": "other-word-2"}
    answer = await http.put("/api/users/password", json=change, headers={"Authorization": f"Bearer {ann.token}"})
    assert (answer.status_code, answer.json()["message"]) == (200, "密码修改成功")
    await eventually(lambda: shut_out(ann), within=1)
    assert (await login(http, ann.name)).status_code == 401
    again = Person(http, ann.name, (await login(http, ann.name, "other-word-2")).json()["data"]["token"])
    assert (await again.get("/api/works/my"))["works"] == []


@covers("logout.ends_tokens")
async def test_a_logout_ends_the_token_everywhere_within_a_second(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    await ann.post("/api/users/logout")
    await eventually(lambda: shut_out(ann), within=1)


@covers("avatar.reencoded")
async def test_an_avatar_is_reencoded(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    data, secret = io.BytesIO(), PngImagePlugin.PngInfo()
    secret.add_text("place", "at home")
    Image.new("RGB", (64, 64), "teal").save(data, "PNG", pnginfo=secret)
    files = {"avatar": ("me.png", data.getvalue() + b"PK\x03\x04 hidden")}
    headers = {"Authorization": f"Bearer {ann.token}"}
    answer = await http.post("/api/users/avatar", files=files, headers=headers)
    stored = await ann.load(answer.json()["data"]["avatar_url"])
    assert stored.status_code == 200
    assert b"at home" not in stored.content
    assert b"hidden" not in stored.content
    assert Image.open(io.BytesIO(stored.content)).format in ("PNG", "JPEG")


@covers("follow.statistics")
async def test_following_feeds_both_counts(http: httpx.AsyncClient) -> None:
    ann, ben = await person(http, "ann"), await person(http, "ben")
    await ann.post(f"/api/users/{ben.id}/follow", {"following": True})

    async def counts() -> list[Json]:
        figures = [await p.get("/api/stats/user") for p in (ann, ben)]
        return [(f["following_count"], f["followers_count"]) for f in figures]  # type: ignore[misc]

    await eventually(counts, lambda c: c == [(1, 0), (0, 1)])
    await ann.post(f"/api/users/{ben.id}/follow")
    await eventually(counts, lambda c: c == [(0, 0), (0, 0)])
