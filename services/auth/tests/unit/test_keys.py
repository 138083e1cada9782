"""Signing keys: how they are named and published, and what their tokens carry."""

import base64
from datetime import UTC, datetime, timedelta

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from auth.adapters.keys import SigningKeys, jwk
from common.errors import Unauthorized
from common.security import TokenVerifier

NOW = datetime.now(UTC).replace(microsecond=123_000)


def sign(keys: SigningKeys, *, remember: bool = False) -> str:
    return keys.sign(user_id=7, username="alice", role="user", issued_at=NOW, remember=remember).text


def test_a_key_is_named_by_its_thumbprint_as_in_rfc_8037() -> None:
    x = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"
    key = Ed25519PublicKey.from_public_bytes(base64.urlsafe_b64decode(x + "="))
    assert jwk(key) == {
        "crv": "Ed25519",
        "kty": "OKP",
        "x": x,
        "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        "alg": "EdDSA",
        "use": "sig",
    }


def test_the_private_half_is_never_published() -> None:
    keys = SigningKeys(Ed25519PrivateKey.generate())
    assert all("d" not in key for key in keys.key_set["keys"])


@pytest.mark.parametrize(("remember", "life"), [(False, timedelta(hours=24)), (True, timedelta(days=30))])
async def test_a_token_tells_who_and_until_when(remember: bool, life: timedelta) -> None:
    keys = SigningKeys(Ed25519PrivateKey.generate())
    identity = await TokenVerifier(keys.published).verify(sign(keys, remember=remember))
    assert (identity.user_id, identity.username, identity.role) == (7, "alice", "user")
    assert identity.issued_at == NOW
    assert identity.expires_at == (NOW + life).replace(microsecond=0)


async def test_tokens_of_a_retired_key_hold_while_it_is_published() -> None:
    old, new = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    token = sign(SigningKeys(old))
    rotated = SigningKeys(new, [old.public_key()])
    assert (await TokenVerifier(rotated.published).verify(token)).user_id == 7
    assert jwt.get_unverified_header(sign(rotated))["kid"] == jwk(new.public_key())["kid"]
    with pytest.raises(Unauthorized):
        await TokenVerifier(SigningKeys(new).published).verify(token)
