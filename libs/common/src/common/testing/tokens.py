"""Tokens signed with a throwaway key, for tests of services that only verify."""

import json
import time
from typing import Any
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from common.security import ALGORITHM, AUDIENCE, ISSUER, KeySet, TokenVerifier


class Tokens:
    """An issuer of its own: what it signs, only its own verifier accepts."""

    def __init__(self) -> None:
        self._key = Ed25519PrivateKey.generate()
        self._kid = uuid4().hex

    def issue(self, user_id: int, username: str = "alice", role: str = "user", **claims: Any) -> str:
        """A token for a user, valid for an hour; `claims` replaces or adds any."""
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "name": username,
            "role": role,
            "iat": now,
            "exp": now + 3600,
            "jti": uuid4().hex,
            **claims,
        }
        return jwt.encode(payload, self._key, ALGORITHM, headers={"kid": self._kid})

    def bearer(self, user_id: int, username: str = "alice", role: str = "user") -> dict[str, str]:
        """The header that sends such a token."""
        return {"Authorization": f"Bearer {self.issue(user_id, username, role)}"}

    async def key_set(self) -> KeySet:
        """The published key set, as auth would serve it."""
        jwk = json.loads(OKPAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**jwk, "kid": self._kid, "alg": ALGORITHM, "use": "sig"}]}

    def verifier(self) -> TokenVerifier:
        """A verifier that trusts this issuer alone."""
        return TokenVerifier(self.key_set)
