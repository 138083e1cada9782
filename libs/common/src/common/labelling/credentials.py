"""C2PA manifests (Content Credentials 2.x): who signs for a file, and how it came to be. Needs the extra `c2pa`."""

import io
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from PIL import Image

from common.labelling.content import Source

CREATED, EDITED, RESIZED = "c2pa.created", "c2pa.edited", "c2pa.resized"
MIME: Mapping[str, str] = {"PNG": "image/png", "WEBP": "image/webp", "JPEG": "image/jpeg"}

_SETTINGS = {"builder": {"thumbnail": {"enabled": False}}, "verify": {"remote_manifest_fetch": False}}
_GENERATOR = {"name": "creation-engine", "version": "1"}
_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


class BadCredentials(ValueError):
    """Nothing can be signed with this key and these certificates; the message says why."""


class Credentials:
    """Signs files with a private key and its certificate chain, the signer's first, both in PEM.

    A small file is signed at once, so that a wrong key or chain is known before the first picture. Safe for threads.

    Raises:
        BadCredentials: see there.
    """

    def __init__(self, certificates: str, private_key: str) -> None:
        self._c2pa = _library()
        self._info = (_algorithm(private_key), certificates.encode(), private_key.encode(), None)
        file = io.BytesIO()
        Image.new("RGB", (1, 1)).save(file, "PNG")
        try:
            self.sign(file.getvalue(), "PNG", Source.MODEL, (CREATED,))
        except self._c2pa.C2paError as error:
            raise BadCredentials(f"C2PA cannot sign with this key and chain ({error})") from None

    def sign(self, data: bytes, kind: str, source: Source | None, actions: Sequence[str]) -> bytes:
        """The file with a manifest over all of its bytes; it must not be changed afterwards."""
        c2pa, signed = self._c2pa, io.BytesIO()
        with (
            c2pa.Signer.from_info(c2pa.C2paSignerInfo(*self._info)) as signer,
            c2pa.Context.from_dict(_SETTINGS) as context,
            c2pa.Builder.from_json(_manifest(source, actions), context=context) as builder,
        ):
            builder.sign(signer, MIME[kind], io.BytesIO(data), signed)
        return signed.getvalue()


def _manifest(source: Source | None, actions: Sequence[str]) -> dict[str, Any]:
    taken = [{"action": action} for action in actions]
    if source is not None:
        taken[0]["digitalSourceType"] = str(source)
    return {
        "claim_generator_info": [_GENERATOR],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": taken}}],
    }


def _algorithm(private_key: str) -> str:
    try:
        key = load_pem_private_key(private_key.encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadCredentials("it is no private key in PEM without a passphrase") from None
    match key:
        case EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        case Ed25519PrivateKey():
            return "ed25519"
        case RSAPrivateKey():
            return "ps256"
        case _:
            raise BadCredentials("C2PA knows no algorithm for this kind of key")


def _library() -> Any:
    try:
        import c2pa  # noqa: PLC0415 - 53 MB that only signers need
    except ImportError:
        raise BadCredentials("signing needs the package c2pa-python: install the service with its extra c2pa") from None
    return c2pa
