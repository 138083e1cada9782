"""Secrets of the embedded mode: made at the first start, kept in the data folder for this user alone."""

import os
import secrets
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat


def signing_key(folder: Path) -> str:
    """The key that signs tokens, as PEM."""
    pem = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return _kept(folder / "signing-key.pem", pem.decode())


def random_secret(folder: Path, name: str) -> str:
    """A random secret of 32 bytes, in hexadecimal."""
    return _kept(folder / name, secrets.token_hex(32))


def _kept(path: Path, fresh: str) -> str:
    """The file's content; `fresh`, written whole with mode 0600, where there is none yet."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not path.exists():
        draft = path.with_suffix(".new")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(fresh)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    return path.read_text()
