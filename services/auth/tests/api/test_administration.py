"""Administrators change roles, close and open accounts; each request names the wished state."""

import asyncio
from typing import Any

import httpx
import pytest

from auth.admin import promote
from auth.testing import Auth
from common.messages import Envelope
from common.testing.eventually import eventually


@pytest.fixture
async def admin(auth: Auth, mongo_url: str) -> dict[str, str]:
    """User 1, an administrator."""
    await auth.register("boss")
    await promote(mongo_url, auth.settings.database, "boss")
    return {"Authorization": f"Bearer {(await auth.login('boss')).json()['data']['token']}"}


async def put(auth: Auth, bearer: dict[str, str], path: str, body: Any) -> httpx.Response:
    return await auth.client.put(f"/api/users/{path}", headers=bearer, json=body)


async def status(auth: Auth, bearer: dict[str, str]) -> int:
    return (await auth.client.get("/api/users/profile", headers=bearer)).status_code


async def decisions(auth: Auth, kind: str) -> list[dict[str, Any]]:
    return [event async for event in auth.db.events.find({"type": kind})]


async def test_a_role_is_granted_and_holds_from_the_next_login(auth: Auth, admin: dict[str, str]) -> None:
    alice = await auth.bearer("alice")
    answer = await put(auth, admin, "2/role", {"role": "admin"})
    assert (answer.status_code, answer.json()["message"]) == (200, "角色已更新，重新登录后生效")
    assert answer.json()["data"]["user"] == {
        "id": 2,
        "username": "alice",
        "role": "admin",
        "disabled": False,
        "disabled_reason": None,
    }
    assert (await put(auth, alice, "1/role", {"role": "user"})).status_code == 403
    assert (await put(auth, await auth.bearer("alice"), "1/role", {"role": "user"})).status_code == 200


async def test_a_demotion_ends_the_tokens_that_still_say_admin(auth: Auth, admin: dict[str, str]) -> None:
    await auth.register("alice")
    await put(auth, admin, "2/role", {"role": "admin"})
    alice = await auth.bearer("alice")
    assert (await put(auth, admin, "2/role", {"role": "user"})).status_code == 200
    assert (await put(auth, alice, "2/role", {"role": "admin"})).status_code == 401
    assert (await put(auth, await auth.bearer("alice"), "2/role", {"role": "admin"})).status_code == 403


async def test_a_disabled_account_is_out_at_once_and_back_when_enabled(auth: Auth, admin: dict[str, str]) -> None:
    alice = await auth.bearer("alice")
    answer = await put(auth, admin, "2/disabled", {"disabled": True, "reason": " 发布垃圾广告 "})
    assert (answer.status_code, answer.json()["message"]) == (200, "账户已停用")
    user = answer.json()["data"]["user"]
    assert (user["disabled"], user["disabled_reason"]) == (True, "发布垃圾广告")
    assert await status(auth, alice) == 401
    assert (await auth.login("alice")).json()["code"] == "ACCOUNT_DISABLED"
    answer = await put(auth, admin, "2/disabled", {"disabled": False})
    assert (answer.status_code, answer.json()["message"]) == (200, "账户已启用")
    assert answer.json()["data"]["user"]["disabled_reason"] is None
    assert await status(auth, alice) == 401
    assert await status(auth, await auth.bearer("alice")) == 200


async def test_the_end_of_a_disabled_users_sessions_is_told_to_the_edge(auth: Auth, admin: dict[str, str]) -> None:
    heard: list[Envelope] = []

    async def hear(envelopes: list[Envelope]) -> None:
        heard.extend(envelopes)

    await auth.register("alice")
    await auth.bus.declare("edge", ["auth.SessionsRevoked.v1"])
    await auth.bus.subscribe("edge", hear)
    await put(auth, admin, "2/disabled", {"disabled": True})

    async def told() -> list[Any]:
        return [(envelope.data["user_id"], envelope.actor) for envelope in heard]

    await eventually(told, lambda seen: seen == [(2, 1)])


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("2/role", {"role": "admin"}, "RoleGranted"),
        ("2/disabled", {"disabled": True, "reason": "spam"}, "AccountDisabled"),
    ],
)
async def test_a_repeated_wish_is_one_decision_with_its_maker(
    auth: Auth, admin: dict[str, str], path: str, body: Any, kind: str
) -> None:
    await auth.register("alice")
    answers = [await put(auth, admin, path, body)]
    answers += await asyncio.gather(*(put(auth, admin, path, body) for _ in range(4)))
    assert [answer.json() for answer in answers] == [answers[0].json()] * 5
    (decision,) = [event for event in await decisions(auth, kind) if event["data"]["user_id"] == 2]
    assert decision["actor"] == 1


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        ("1/role", {"role": "user"}, "不能撤销自己的管理员权限"),
        ("1/disabled", {"disabled": True}, "不能停用自己的账户"),
    ],
)
async def test_administrators_cannot_lock_themselves_out(
    auth: Auth, admin: dict[str, str], path: str, body: Any, message: str
) -> None:
    answer = await put(auth, admin, path, body)
    assert answer.status_code == 403
    assert answer.json() == {"success": False, "error": message, "code": "FORBIDDEN"}
    assert await status(auth, admin) == 200


BODIES = [("role", {"role": "user"}), ("disabled", {"disabled": True}), ("disabled", {"disabled": False})]


@pytest.mark.parametrize(("what", "body"), BODIES)
async def test_an_unknown_user_is_404(auth: Auth, admin: dict[str, str], what: str, body: Any) -> None:
    answer = await put(auth, admin, f"99/{what}", body)
    assert (answer.status_code, answer.json()["code"]) == (404, "USER_NOT_FOUND")


@pytest.mark.parametrize(("what", "body"), BODIES)
async def test_only_administrators_decide(auth: Auth, admin: dict[str, str], what: str, body: Any) -> None:
    alice = await auth.bearer("alice")
    refused, unknown = await put(auth, alice, f"1/{what}", body), await put(auth, {}, f"2/{what}", body)
    assert (refused.status_code, refused.json()["code"]) == (403, "FORBIDDEN")
    assert (unknown.status_code, unknown.json()["code"]) == (401, "UNAUTHORIZED")
    assert await decisions(auth, "AccountDisabled") == []


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("2/role", {"role": "root"}, "role"),
        ("2/role", {"role": ["admin"]}, "role"),
        ("2/role", {"role": {"$ne": "user"}}, "role"),
        ("2/role", {}, "role"),
        ("2/disabled", {"disabled": "true"}, "disabled"),
        ("2/disabled", {"disabled": 1}, "disabled"),
        ("2/disabled", {"disabled": None}, "disabled"),
        ("2/disabled", {}, "disabled"),
        ("2/disabled", {"disabled": True, "reason": "x" * 201}, "reason"),
        ("2/disabled", {"disabled": True, "reason": "\x00"}, "reason"),
        ("0/role", {"role": "admin"}, "user_id"),
        (f"{2**53}/disabled", {"disabled": True}, "user_id"),
    ],
)
async def test_a_bad_wish_is_refused(auth: Auth, admin: dict[str, str], path: str, body: Any, field: str) -> None:
    await auth.register("alice")
    before = await auth.db.events.count_documents({})
    answer = await put(auth, admin, path, body)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert [detail["field"] for detail in answer.json()["details"]] == [field]
    assert await auth.db.events.count_documents({}) == before
