"""Ending sessions: logout, a changed password, a disabled account; and tokens that are none."""

import base64
import json
import time
from typing import Any

import jwt
import pytest

from auth.adapters.keys import SigningKeys
from auth.admin import run
from auth.testing import PASSWORD, Auth
from common.contracts.auth import SessionsRevoked
from common.messages import Envelope
from common.testing.eventually import eventually
from common.testing.tokens import Tokens


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


def _unsigned(claims: dict[str, Any], algorithm: str) -> str:
    parts = ({"alg": algorithm, "typ": "JWT"}, claims)
    encoded = [base64.urlsafe_b64encode(json.dumps(p).encode()).rstrip(b"=").decode() for p in parts]
    return ".".join([*encoded, ""])


async def test_forged_tokens_are_refused(auth: Auth) -> None:
    genuine = (await auth.bearer("alice"))["Authorization"][7:]
    claims = jwt.decode(genuine, options={"verify_signature": False})
    header, _, signature = genuine.split(".")
    as_admin = base64.urlsafe_b64encode(json.dumps({**claims, "role": "admin"}).encode()).rstrip(b"=").decode()
    (key,) = (await auth.client.get("/.well-known/jwks.json")).json()["keys"]
    confused = jwt.encode(claims, key["x"].ljust(64, "="), "HS256", headers={"kid": key["kid"]})
    forged = {
        "tampered": f"{header}.{as_admin}.{signature}",
        "unsigned": _unsigned(claims, "none"),
        "public key as HMAC secret": confused,
        "foreign key": Tokens().issue(1),
        "no token": "x.y.z",
        "empty": "",
    }
    for how, token in forged.items():
        assert await status(auth, {"Authorization": f"Bearer {token}"}) == 401, how


async def test_a_token_for_somebody_unknown_is_refused(auth: Auth) -> None:
    keys = SigningKeys(auth.settings.signing_key)
    token = keys.sign(user_id=99, username="x", role="user", issued_at=auth.clock(), remember=False)
    assert await status(auth, {"Authorization": f"Bearer {token.text}"}) == 401


async def test_an_expired_token_is_refused(auth: Auth) -> None:
    await auth.register("alice")
    claims = {"iss": "creation-engine", "aud": "creation-engine-api", "sub": "1", "name": "alice", "role": "user"}
    now = int(time.time())
    (key,) = (await auth.client.get("/.well-known/jwks.json")).json()["keys"]
    old = {**claims, "iat": now - 100, "exp": now - 1, "jti": "x"}
    token = jwt.encode(old, auth.settings.signing_key, "EdDSA", headers={"kid": key["kid"]})
    assert await status(auth, {"Authorization": f"Bearer {token}"}) == 401
