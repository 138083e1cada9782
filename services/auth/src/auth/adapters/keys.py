"""Signing keys: tokens signed with one, all public ones published (RFC 7517, 7638, 8037)."""

import base64
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from common.security import ALGORITHM, AUDIENCE, ISSUER, KeySet

LIFE = timedelta(hours=24)
REMEMBERED_LIFE = timedelta(days=30)


@dataclass(frozen=True)
class Token:
    """A signed token and when it ends."""

    text: str
    expires_at: datetime


class SigningKeys:
    """The private key in use, and the public ones published beside it: former and future ones."""

    def __init__(self, private: Ed25519PrivateKey, others: Sequence[Ed25519PublicKey] = ()) -> None:
        self._private = private
        published = [jwk(key) for key in (private.public_key(), *others)]
        self._kid = published[0]["kid"]
        self.key_set: KeySet = {"keys": list({key["kid"]: key for key in published}.values())}

    async def published(self) -> KeySet:
        """The key set, for a verifier in the same process."""
        return self.key_set

    def sign(self, *, user_id: int, username: str, role: str, issued_at: datetime, remember: bool) -> Token:
        """A token; `iat` carries milliseconds, so that a revocation can fall between two tokens of one second."""
        expires_at = (issued_at + (REMEMBERED_LIFE if remember else LIFE)).replace(microsecond=0)
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": str(user_id),
            "name": username,
            "role": role,
            "iat": issued_at.timestamp(),
            "exp": int(expires_at.timestamp()),
            "jti": uuid4().hex,
        }
        text = jwt.encode(claims, self._private, ALGORITHM, headers={"kid": self._kid})
        return Token(text, expires_at)


def jwk(key: Ed25519PublicKey) -> dict[str, str]:
    """A public key as it is published; its id is the thumbprint of RFC 7638."""
    members = {"crv": "Ed25519", "kty": "OKP", "x": _base64url(key.public_bytes(Encoding.Raw, PublicFormat.Raw))}
    canonical = json.dumps(members, sort_keys=True, separators=(",", ":")).encode()
    return {**members, "kid": _base64url(hashlib.sha256(canonical).digest()), "alg": ALGORITHM, "use": "sig"}


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
