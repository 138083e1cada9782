"""Register, log in, log out, change the password."""

from datetime import UTC, datetime, timedelta
from typing import Any

from auth.testing import Auth
from common.security import TokenVerifier


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

    async def fetch() -> dict[str, Any]:
        return (await auth.client.get("/.well-known/jwks.json")).json()

    identity = await TokenVerifier(fetch).verify(data["token"])
    assert (identity.user_id, identity.username, identity.role) == (1, "alice", "user")
    life = datetime.fromisoformat(data["expires_at"]) - datetime.now(UTC)
    assert timedelta(hours=23, minutes=59) < life <= timedelta(hours=24)
    assert data["user"]["last_login"] is not None
