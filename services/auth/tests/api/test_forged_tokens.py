"""Tokens that are none, on auth's own routes: 401 in the envelope, whatever is wrong with them."""

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from auth.adapters.keys import SigningKeys
from auth.testing import Auth
from common.testing.tokens import Tokens

NOW = int(time.time())
KEY_KINDS: dict[str, Any] = {
    "RS256": rsa.generate_private_key(65537, 2048),
    "ES256": ec.generate_private_key(ec.SECP256R1()),
}


def base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def assembled(header: Any, claims: Any, signature: bytes = b"") -> str:
    """A token of any parts; nobody checks that they fit."""
    return ".".join(
        [base64url(json.dumps(header).encode()), base64url(json.dumps(claims).encode()), base64url(signature)]
    )


class Forger:
    """Knows a genuine token of user 1, and all that is public."""

    def __init__(self, auth: Auth, genuine: str) -> None:
        self.genuine = genuine
        self.key = auth.settings.signing_key
        self.header = jwt.get_unverified_header(genuine)
        self.claims: dict[str, Any] = jwt.decode(genuine, options={"verify_signature": False})

    def signed(self, headers: dict[str, Any] | None = None, **claims: Any) -> str:
        """As auth itself would sign, with other claims; a claim of `...` is left out."""
        changed = {name: value for name, value in {**self.claims, **claims}.items() if value is not ...}
        return jwt.encode(changed, self.key, "EdDSA", headers={"kid": self.header["kid"], **(headers or {})})

    def with_hmac(self, secret: bytes, algorithm: str = "HS256") -> str:
        """Signed with what is public as if it were a secret."""
        text = assembled({**self.header, "alg": algorithm}, {**self.claims, "role": "admin"}).rsplit(".", 1)[0]
        return f"{text}.{base64url(hmac.new(secret, text.encode(), hashlib.sha256).digest())}"


@pytest.fixture
async def forger(auth: Auth) -> Forger:
    return Forger(auth, (await auth.bearer("alice"))["Authorization"].removeprefix("Bearer "))


async def refused(auth: Auth, token: str) -> bool:
    """Whether every kind of route refuses the token, also one that serves everybody."""
    headers = {"Authorization": f"Bearer {token}"}
    answers = [
        await auth.client.get("/api/users/profile", headers=headers),
        await auth.client.get("/api/users/1", headers=headers),
        await auth.client.put("/api/users/1/role", headers=headers, json={"role": "admin"}),
    ]
    return all((answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED") for answer in answers)


async def test_the_forger_begins_with_a_token_that_holds(auth: Auth, forger: Forger) -> None:
    headers = {"Authorization": f"Bearer {forger.signed()}"}
    assert (await auth.client.get("/api/users/profile", headers=headers)).status_code == 200


@pytest.mark.parametrize("algorithm", ["none", "None", "NONE", "nOnE", "", None, "HS256", "EdDSA", ["EdDSA"], {}, 5])
async def test_a_token_without_a_signature_is_refused(auth: Auth, forger: Forger, algorithm: Any) -> None:
    for signature in (b"", b"\0" * 64):
        assert await refused(auth, assembled({**forger.header, "alg": algorithm}, forger.claims, signature))


async def test_the_public_key_is_no_shared_secret(auth: Auth, forger: Forger) -> None:
    public = forger.key.public_key()
    (published,) = (await auth.client.get("/.well-known/jwks.json")).json()["keys"]
    secrets = [
        public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        public.public_bytes(Encoding.Raw, PublicFormat.Raw),
        published["x"].encode(),
        json.dumps(published).encode(),
        b"",
    ]
    for secret in secrets:
        for algorithm in ("HS256", "EdDSA"):
            assert await refused(auth, forger.with_hmac(secret, algorithm))


@pytest.mark.parametrize("algorithm", sorted(KEY_KINDS))
async def test_a_key_of_another_kind_does_not_sign_for_auth(auth: Auth, forger: Forger, algorithm: str) -> None:
    headers = {"kid": forger.header["kid"]}
    assert await refused(auth, jwt.encode(forger.claims, KEY_KINDS[algorithm], algorithm, headers=headers))


@pytest.mark.parametrize("kid", ["../../dev/null", "' OR 1=1", "", None, "x" * 10_000, "\x00"], ids=ascii)
async def test_a_foreign_key_is_refused_whatever_it_is_called(auth: Auth, forger: Forger, kid: Any) -> None:
    header = {"alg": "EdDSA", "kid": kid, "jku": "https://evil.com/jwks.json", "jwk": {"kty": "OKP"}}
    assert await refused(auth, assembled(header, forger.claims, b"\1" * 64))
    assert await refused(auth, Tokens().issue(1, role="admin"))


@pytest.mark.parametrize(
    "claims",
    [
        {"exp": NOW - 1},
        {"exp": ...},
        {"exp": "tomorrow"},
        {"iat": NOW + 86_400},
        {"iat": ...},
        {"nbf": NOW + 3600},
        {"iss": "somebody-else"},
        {"iss": ...},
        {"aud": "another-api"},
        {"aud": ...},
        {"sub": "0"},
        {"sub": "-1"},
        {"sub": "1e0"},
        {"sub": {"$ne": ""}},
        {"sub": ...},
        {"jti": ...},
        {"role": ...},
    ],
    ids=str,
)
async def test_a_token_with_wrong_claims_is_refused_even_if_signed(
    auth: Auth, forger: Forger, claims: dict[str, Any]
) -> None:
    assert await refused(auth, forger.signed(**claims))


async def test_a_token_that_was_touched_is_refused(auth: Auth, forger: Forger) -> None:
    head, body, signature = forger.genuine.split(".")
    as_admin = base64url(json.dumps({**forger.claims, "role": "admin"}).encode())
    other = "A" if signature[0] != "A" else "B"
    for token in (
        f"{head}.{as_admin}.{signature}",
        f"{head}.{body}.{other}{signature[1:]}",
        f"{head}.{body}.",
        f"{head}.{body}",
        f"{forger.genuine}.x",
        "x.y.z",
        "." * 10_000,
    ):
        assert await refused(auth, token), token[:80]


async def test_a_token_for_somebody_unknown_is_refused(auth: Auth) -> None:
    keys = SigningKeys(auth.settings.signing_key)
    token = keys.sign(user_id=99, username="x", role="user", issued_at=auth.clock(), remember=False)
    answer = await auth.client.get("/api/users/profile", headers={"Authorization": f"Bearer {token.text}"})
    assert answer.status_code == 401


@pytest.mark.parametrize("header", ["Basic YTpi", "Bearer", "bearer", "Token x", "Bearer  ", "null"])
async def test_another_kind_of_credentials_is_none(auth: Auth, header: str) -> None:
    answer = await auth.client.get("/api/users/profile", headers={"Authorization": header})
    assert (answer.status_code, answer.json()["code"]) == (401, "UNAUTHORIZED")


async def test_headers_that_only_the_edge_may_send_give_no_identity(auth: Auth, forger: Forger) -> None:
    spoofed = {"X-User-Id": "1", "X-User-Role": "admin", "X-User-Name": "alice", "X-Forwarded-User": "1"}
    assert (await auth.client.get("/api/users/profile", headers=spoofed)).status_code == 401
    as_user = {**spoofed, "Authorization": f"Bearer {forger.genuine}"}
    assert (await auth.client.put("/api/users/1/role", headers=as_user, json={"role": "admin"})).status_code == 403
