"""Tokens that nobody should accept, made with everything an attacker might have, and one that everybody should."""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
from containers import ContainerStage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from jwt.utils import base64url_encode
from stages import DistributedStage, EmbeddedStage

Claims = dict[str, Any]


def signing_key(stage: EmbeddedStage | DistributedStage | ContainerStage) -> Ed25519PrivateKey:
    """The key that the stage's own tokens are signed with."""
    folder: Path = stage.folder / "data" / "secrets" if isinstance(stage, EmbeddedStage) else stage.folder
    key = load_pem_private_key((folder / "signing-key.pem").read_bytes(), password=None)
    assert isinstance(key, Ed25519PrivateKey)
    return key


class Forger:
    """Somebody with a token of their own who wants to be an administrator.

    `honest` has the real key and changes nothing but claims: what it signs must hold where the claims do, or the
    forgeries would be refused for another reason than the one they are named for.
    """

    def __init__(self, token: str, key: Ed25519PrivateKey) -> None:
        self._header = jwt.get_unverified_header(token)
        self._claims: Claims = jwt.decode(token, options={"verify_signature": False})
        self._token = token
        self._key = key

    def honest(self, **claims: Any) -> str:
        """A token signed with the real key."""
        return jwt.encode({**self._claims, **claims}, self._key, "EdDSA", headers={"kid": self._header["kid"]})

    def forgeries(self) -> dict[str, str]:
        """By what is wrong with each."""
        now = int(time.time())
        admin = {**self._claims, "role": "admin"}
        made: dict[str, Callable[[], str]] = {
            "alg none": lambda: self._unsigned(admin, "none"),
            "alg None": lambda: self._unsigned(admin, "None"),
            "alg none with the old signature": lambda: self._unsigned(admin, "none") + self._token.rpartition(".")[2],
            "public key as HMAC secret, PEM": lambda: self._confused(admin, self._public(Encoding.PEM)),
            "public key as HMAC secret, raw": lambda: self._confused(admin, self._public(Encoding.Raw)),
            "claims changed under the signature": lambda: self._tampered(admin),
            "signature cut off": lambda: self._token.rpartition(".")[0] + ".",
            "foreign key, our key id": lambda: jwt.encode(
                admin, Ed25519PrivateKey.generate(), "EdDSA", headers={"kid": self._header["kid"]}
            ),
            "foreign key, brought along": self._brought_along,
            "key id that is a path": lambda: jwt.encode(
                admin, self._key, "EdDSA", headers={"kid": "../../../../dev/null"}
            ),
            "no key id": lambda: jwt.encode(admin, self._key, "EdDSA"),
            "expired": lambda: self.honest(iat=now - 7200, exp=now - 1),
            "from the future": lambda: self.honest(iat=now + 3600, exp=now + 7200),
            "not yet valid": lambda: self.honest(nbf=now + 3600),
            "another issuer": lambda: self.honest(iss="somebody-else"),
            "another audience": lambda: self.honest(aud="another-api"),
            "without end": lambda: self._without("exp"),
            "without subject": lambda: self._without("sub"),
            "subject that is no number": lambda: self.honest(sub="1 or 1=1"),
            "no token": lambda: "undefined",
            "a bomb": lambda: "a" * 60_000,
        }
        return {name: make() for name, make in made.items()}

    def _unsigned(self, claims: Claims, algorithm: str) -> str:
        header = {"alg": algorithm, "typ": "JWT", "kid": self._header["kid"]}
        return f"{_part(header)}.{_part(claims)}."

    def _tampered(self, claims: Claims) -> str:
        head, _, signature = self._token.split(".")
        return f"{head}.{_part(claims)}.{signature}"

    def _confused(self, claims: Claims, secret: bytes) -> str:
        header = {"alg": "HS256", "typ": "JWT", "kid": self._header["kid"]}
        signed = f"{_part(header)}.{_part(claims)}"
        algorithm = jwt.get_algorithm_by_name("HS256")
        return f"{signed}.{base64url_encode(algorithm.sign(signed.encode(), secret)).decode()}"

    def _public(self, encoding: Encoding) -> bytes:
        form = PublicFormat.Raw if encoding is Encoding.Raw else PublicFormat.SubjectPublicKeyInfo
        return self._key.public_key().public_bytes(encoding, form)

    def _brought_along(self) -> str:
        own = Ed25519PrivateKey.generate()
        jwk = json.loads(jwt.algorithms.OKPAlgorithm.to_jwk(own.public_key()))
        headers = {"kid": "mine", "jwk": jwk, "jku": "http://127.0.0.1:1/keys"}
        return jwt.encode({**self._claims, "role": "admin"}, own, "EdDSA", headers=headers)

    def _without(self, claim: str) -> str:
        claims = {name: value for name, value in self._claims.items() if name != claim}
        return jwt.encode(claims, self._key, "EdDSA", headers={"kid": self._header["kid"]})


def _part(value: Claims) -> str:
    return base64url_encode(json.dumps(value).encode()).decode()
