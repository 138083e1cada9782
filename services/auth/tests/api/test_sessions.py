"""Ending sessions: logout, a changed password, a disabled account."""

from typing import Any

import jwt
import pytest

from auth.admin import run
from auth.testing import PASSWORD, Auth
from common.contracts.auth import SessionsRevoked
from common.messages import Envelope
from common.testing.eventually import eventually


async def status(auth: Auth, bearer: dict[str, str]) -> int:
    return (await auth.client.get("/api/users/profile", headers=bearer)).status_code


async def test_a_logout_ends_every_token_issued_before_and_none_after(auth: Auth) -> None:
    first, second = await auth.bearer("alice"), await auth.bearer("alice")
    answer = await auth.client.post("/api/users/logout", headers=second)
    assert answer.json() == {"success": True, "message": "已退出登录"}
    third = await auth.bearer("alice")
    assert [await status(auth, bearer) for bearer in (first, second, third)] == [401, 401, 200]


async def test_logins_and_logouts_in_quick_succession_never_mix_up(auth: Auth) -> None:
    await auth.register("alice")
    for _ in range(10):
        bearer = await auth.bearer("alice")
        assert await status(auth, bearer) == 200
        assert (await auth.client.post("/api/users/logout", headers=bearer)).status_code == 200
        assert await status(auth, bearer) == 401


async def test_a_changed_password_ends_every_session(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    body = {"currentPassword": PASSWORD, "newPassword": "newer456"}
    answer = await auth.client.put("/api/users/password", headers=bearer, json=body)
    assert (answer.status_code, answer.json()["message"]) == (200, "密码修改成功")
    assert await status(auth, bearer) == 401
    assert (await auth.login("alice")).status_code == 401
    assert (await auth.login("alice", "newer456")).status_code == 200


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        ("wrong123", "newer456", (400, "INVALID_PASSWORD")),
        (PASSWORD, "short", (422, "WEAK_PASSWORD")),
        (PASSWORD, {"$ne": ""}, (422, "WEAK_PASSWORD")),
        ({"$ne": ""}, "newer456", (422, "VALIDATION_ERROR")),
    ],
)
async def test_a_refused_password_change_changes_nothing(
    auth: Auth, current: Any, new: Any, expected: tuple[int, str]
) -> None:
    bearer = await auth.bearer("alice")
    body = {"currentPassword": current, "newPassword": new}
    answer = await auth.client.put("/api/users/password", headers=bearer, json=body)
    assert (answer.status_code, answer.json()["code"]) == expected
    assert await status(auth, bearer) == 200
    assert (await auth.login("alice")).status_code == 200


async def test_a_disabled_account_is_out_until_it_is_enabled(auth: Auth, mongo_url: str) -> None:
    bearer = await auth.bearer("alice")
    assert "disabled" in await run(mongo_url, auth.settings.database, "disable", "alice")
    assert await status(auth, bearer) == 401
    refused = await auth.login("alice")
    assert (refused.status_code, refused.json()["code"]) == (403, "ACCOUNT_DISABLED")
    await run(mongo_url, auth.settings.database, "enable", "alice")
    assert await status(auth, await auth.bearer("alice")) == 200
    assert await status(auth, bearer) == 401


async def test_the_end_of_a_session_is_told_to_others(auth: Auth) -> None:
    heard: list[SessionsRevoked] = []

    async def hear(envelopes: list[Envelope]) -> None:
        heard.extend(envelope.open(SessionsRevoked) for envelope in envelopes)

    await auth.bus.declare("gateway", [SessionsRevoked.routing_key()])
    await auth.bus.subscribe("gateway", hear)
    bearer = await auth.bearer("alice")
    issued_at = jwt.decode(bearer["Authorization"][7:], options={"verify_signature": False})["iat"]
    await auth.client.post("/api/users/logout", headers=bearer)

    async def told() -> list[SessionsRevoked]:
        return heard

    (message,) = await eventually(told)
    assert message.user_id == 1
    assert message.not_before.timestamp() > issued_at
