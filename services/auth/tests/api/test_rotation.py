"""Changing the signing key: auth is restarted, whoever verifies is not, and nobody is logged out."""

import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.settings import Settings
from auth.testing import Auth, running, settings_for
from common.errors import Unauthorized
from common.security import KeySet, TokenVerifier

NEVER = 3600.0  # seconds: the verifier asks once in this test


def public_pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@dataclass
class Operator:
    """Restarts auth with other keys; everything else goes on. `fetched` counts what verifiers asked for."""

    mongo_url: str
    database: str
    folder: Path
    auth: Auth | None = None
    fetched: list[KeySet] = field(default_factory=list)

    def settings(self, key: Ed25519PrivateKey, **files: Ed25519PrivateKey) -> Settings:
        """Settings that sign with `key`; `retired_file` and `upcoming_file` hold the public halves of others."""
        paths = {name: self.folder / f"{name}.pem" for name in files}
        for name, other in files.items():
            paths[name].write_text(public_pem(other))
        return settings_for(self.mongo_url, self.database, key, **paths)

    async def while_running(self, settings: Settings, work: Callable[[Auth], Awaitable[str]]) -> str:
        """Starts auth, does the work, stops auth."""
        async with running(settings, self.folder) as self.auth:
            return await work(self.auth)

    async def fetch(self) -> KeySet:
        """The key set of the auth that runs now, over HTTP."""
        assert self.auth is not None
        keys: KeySet = (await self.auth.client.get("/.well-known/jwks.json")).json()
        self.fetched.append(keys)
        return keys


@pytest.fixture
async def operator(auth: Auth, mongo_url: str, tmp_path: Path) -> AsyncIterator[Operator]:
    operator = Operator(mongo_url, f"test_{secrets.token_hex(6)}", tmp_path)
    yield operator
    await auth.db.client.drop_database(operator.database)


async def logged_in(auth: Auth) -> str:
    return (await auth.bearer("alice"))["Authorization"].removeprefix("Bearer ")


async def test_a_key_published_before_it_signs_is_known_before_it_is_needed(operator: Operator) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    verifier = TokenVerifier(operator.fetch, fetch_again_after=NEVER)

    async def announced(auth: Auth) -> str:
        token = await logged_in(auth)
        await verifier.verify(token)
        return token

    async def changed(auth: Auth) -> str:
        assert (await verifier.verify(await logged_in(auth))).user_id == 1
        assert (await verifier.verify(before)).user_id == 1
        headers = {"Authorization": f"Bearer {before}"}
        assert (await auth.client.get("/api/users/profile", headers=headers)).status_code == 200
        return ""

    before = await operator.while_running(operator.settings(old, upcoming_file=new), announced)
    await operator.while_running(operator.settings(new, retired_file=old), changed)
    assert len(operator.fetched) == 1


async def test_a_key_that_was_not_announced_is_asked_for_when_it_is_seen(operator: Operator) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    verifier = TokenVerifier(operator.fetch, fetch_again_after=0)

    async def verified(auth: Auth) -> str:
        token = await logged_in(auth)
        assert (await verifier.verify(token)).user_id == 1
        return token

    before = await operator.while_running(operator.settings(old), verified)
    await operator.while_running(operator.settings(new, retired_file=old), verified)
    assert (await verifier.verify(before)).user_id == 1
    assert [len(keys["keys"]) for keys in operator.fetched] == [1, 2]


async def test_tokens_of_a_removed_key_end_with_the_next_look_at_the_key_set(operator: Operator) -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    verifier = TokenVerifier(operator.fetch, fetch_again_after=0)

    async def verified(auth: Auth) -> str:
        token = await logged_in(auth)
        await verifier.verify(token)
        return token

    async def refused(auth: Auth) -> str:
        await verified(auth)
        with pytest.raises(Unauthorized):
            await verifier.verify(before)
        headers = {"Authorization": f"Bearer {before}"}
        assert (await auth.client.get("/api/users/profile", headers=headers)).status_code == 401
        return ""

    before = await operator.while_running(operator.settings(old), verified)
    await operator.while_running(operator.settings(new), refused)
