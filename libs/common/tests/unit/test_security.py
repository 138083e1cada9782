"""Tokens: only what the publisher of the key set signed holds."""

import asyncio
import base64
import json
import time
from typing import Any

import httpx
import jwt
import pytest

from common.errors import Unauthorized, Unavailable
from common.http import create_app
from common.security import AUDIENCE, ISSUER, KeySet, TokenVerifier
from common.service import Service
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


async def test_a_token_holds_where_the_clock_is_a_little_behind_that_of_the_signer() -> None:
    tokens = Tokens()
    assert (await tokens.verifier().verify(tokens.issue(7, iat=time.time() + 2))).user_id == 7


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


async def test_who_has_learnt_the_keys_goes_on_while_the_publisher_is_away_and_asks_for_a_new_one_at_once() -> None:
    old, new = Tokens(), Tokens()
    published: list[KeySet] = [await old.key_set()]

    async def fetch() -> KeySet:
        if not published:
            raise httpx.ConnectError("away")
        return published[-1]

    verifier = TokenVerifier(fetch)
    await verifier.learn()
    published.append({"keys": [*published[0]["keys"], *(await new.key_set())["keys"]]})
    assert (await verifier.verify(new.issue(1))).user_id == 1
    published.clear()
    await verifier.learn()
    assert (await verifier.verify(old.issue(2))).user_id == 2


async def test_a_service_learns_the_keys_when_it_starts() -> None:
    tokens, fetched = Tokens(), asyncio.Event()

    async def fetch() -> KeySet:
        fetched.set()
        return await tokens.key_set()

    service = Service("t", create_app("t", "t", [], {}, TokenVerifier(fetch)))
    await service.start()
    async with asyncio.timeout(10):
        await fetched.wait()
    await service.stop()


async def test_many_callers_with_an_unknown_key_ask_the_publisher_once() -> None:
    tokens, asked = Tokens(), 0

    async def fetch() -> KeySet:
        nonlocal asked
        asked += 1
        await asyncio.sleep(0)
        return await tokens.key_set()

    verifier = TokenVerifier(fetch)
    users = await asyncio.gather(*(verifier.verify(tokens.issue(n)) for n in range(1, 30)))
    assert [user.user_id for user in users] == list(range(1, 30))
    assert asked == 1


async def test_a_key_of_another_kind_does_not_spoil_the_set() -> None:
    tokens = Tokens()
    odd = [{"kty": "RSA", "kid": "r", "n": "!", "e": "AQAB"}, {"kty": "OKP"}, "no key", None]

    async def fetch() -> KeySet:
        return {"keys": [*odd, *(await tokens.key_set())["keys"]]}

    assert (await TokenVerifier(fetch).verify(tokens.issue(7))).user_id == 7


@pytest.mark.parametrize("answer", [{}, [], None, {"keys": None}])
async def test_a_publisher_that_talks_nonsense_is_unavailable(answer: Any) -> None:
    async def fetch() -> KeySet:
        return answer  # type: ignore[no-any-return]

    with pytest.raises(Unavailable):
        await TokenVerifier(fetch).verify(Tokens().issue(7))
