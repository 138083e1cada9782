"""Tokens: only what the publisher of the key set signed holds."""

import base64
import json
import time

import jwt
import pytest

from common.errors import Unauthorized
from common.security import AUDIENCE, ISSUER, KeySet, TokenVerifier
from common.testing.tokens import Tokens


async def test_a_token_speaks_for_its_user() -> None:
    tokens = Tokens()
    identity = await tokens.verifier().verify(tokens.issue(7, "alice", "admin"))
    assert (identity.user_id, identity.username, identity.is_admin) == (7, "alice", True)


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": int(time.time()) - 1},
        {"iss": "somebody-else"},
        {"aud": "another-api"},
        {"sub": "not a number"},
        {"iat": int(time.time()) + 3600},
    ],
    ids=["expired", "foreign issuer", "foreign audience", "odd subject", "from the future"],
)
async def test_a_token_with_wrong_claims_is_refused(claims: dict[str, object]) -> None:
    tokens = Tokens()
    with pytest.raises(Unauthorized):
        await tokens.verifier().verify(tokens.issue(7, **claims))


async def test_a_token_of_another_issuer_is_refused() -> None:
    with pytest.raises(Unauthorized):
        await Tokens().verifier().verify(Tokens().issue(7))


async def test_an_unsigned_token_is_refused() -> None:
    tokens = Tokens()
    kid = (await tokens.key_set())["keys"][0]["kid"]
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "7", "name": "a", "role": "admin", "jti": "x"}
    unsigned = jwt.encode({**claims, "iat": 0, "exp": 2**33}, "", "none", headers={"kid": kid})
    with pytest.raises(Unauthorized):
        await tokens.verifier().verify(unsigned)


async def test_the_public_key_does_not_serve_as_a_shared_secret() -> None:
    tokens = Tokens()
    published = (await tokens.key_set())["keys"][0]
    secret = base64.urlsafe_b64decode(published["x"] + "==")
    claims = {"iss": ISSUER, "aud": AUDIENCE, "sub": "7", "name": "a", "role": "admin", "jti": "x"}
    forged = jwt.encode({**claims, "iat": 0, "exp": 2**33}, secret, "HS256", headers={"kid": published["kid"]})
    with pytest.raises(Unauthorized):
        await tokens.verifier().verify(forged)


@pytest.mark.parametrize("text", ["", "a", "a.b.c", "..", "\x00", "x" * 100_000, "é.é.é"])
async def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(Unauthorized):
        await Tokens().verifier().verify(text)


async def test_keys_rotate_without_a_restart_and_unknown_ids_do_not_hammer_the_publisher() -> None:
    old, new = Tokens(), Tokens()
    asked = 0
    published: list[KeySet] = [await old.key_set()]

    async def fetch() -> KeySet:
        nonlocal asked
        asked += 1
        return json.loads(json.dumps(published[-1]))  # type: ignore[no-any-return]

    verifier = TokenVerifier(fetch, fetch_again_after=0)
    await verifier.verify(old.issue(1))
    published.append({"keys": [*(await new.key_set())["keys"], *(await old.key_set())["keys"]]})
    assert (await verifier.verify(new.issue(2))).user_id == 2
    assert (await verifier.verify(old.issue(1))).user_id == 1
    assert asked == 2

    patient = TokenVerifier(fetch)
    await patient.verify(old.issue(1))
    for _ in range(20):
        with pytest.raises(Unauthorized):
            await patient.verify(Tokens().issue(3))
    assert asked == 3
