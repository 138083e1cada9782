"""What auth reads from its environment."""

import re
from functools import cached_property
from pathlib import Path
from typing import Self

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key
from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from auth.adapters.blocklist import Blocklist
from common.moderation import ModerationSettings
from common.settings import MediaSettings

_PEM = re.compile(r"-----BEGIN [A-Z ]+-----.+?-----END [A-Z ]+-----", re.DOTALL)


class Settings(MediaSettings, ModerationSettings):
    """The service's settings. One of the two signing key settings is required."""

    jwks_url: str = Field("", validation_alias="JWKS_URL", description="not read: auth knows its own keys")
    database: str = Field("auth", validation_alias="AUTH_DATABASE", description="name of the database")
    pem: SecretStr | None = Field(
        None, validation_alias="AUTH_SIGNING_KEY", description="the key that signs tokens: Ed25519, PKCS#8, PEM"
    )
    pem_file: Path | None = Field(None, validation_alias="AUTH_SIGNING_KEY_FILE", description="or the file with it")
    retired_file: Path | None = Field(
        None,
        validation_alias="AUTH_RETIRED_KEYS_FILE",
        description="public keys (PEM, one after another) whose tokens still hold while keys rotate",
    )
    upcoming_file: Path | None = Field(
        None,
        validation_alias="AUTH_UPCOMING_KEYS_FILE",
        description="public keys (PEM) that are published before they sign",
    )
    blocklist_file: Path | None = Field(
        None,
        validation_alias="AUTH_PASSWORD_BLOCKLIST_FILE",
        description="passwords that nobody may take, one a line (UTF-8); without a file none is refused",
    )

    hashes_at_once: int = Field(
        2, ge=1, le=64, validation_alias="AUTH_HASHES_AT_ONCE", description="passwords hashed at once, 64 MiB each"
    )
    avatars_at_once: int = Field(
        1, ge=1, le=64, validation_alias="AUTH_AVATARS_AT_ONCE", description="avatars made at once, 210 MB each"
    )

    @model_validator(mode="after")
    def _files_can_be_read(self) -> Self:
        try:
            _ = self.signing_key, self.retired_keys, self.upcoming_keys, self.blocklist
        except OSError as error:
            raise ValueError(f"the file {error.filename} cannot be read ({error.strerror})") from error
        return self

    @cached_property
    def signing_key(self) -> Ed25519PrivateKey:
        """The private key; raises `ValueError` or `OSError`."""
        if self.pem is not None:
            pem = self.pem.get_secret_value().replace("\\n", "\n").encode()
        elif self.pem_file is not None:
            pem = self.pem_file.read_bytes()
        else:
            raise ValueError("AUTH_SIGNING_KEY or AUTH_SIGNING_KEY_FILE is required: a private Ed25519 key in PEM")
        try:
            key = load_pem_private_key(pem, password=None)
        except (ValueError, TypeError):
            raise ValueError("the signing key is not an unencrypted private key in PEM") from None
        if not isinstance(key, Ed25519PrivateKey):
            raise ValueError("the signing key is not an Ed25519 key")
        return key

    @cached_property
    def blocklist(self) -> Blocklist:
        """The passwords that nobody may take; raises `ValueError` or `OSError`."""
        return Blocklist.read(self.blocklist_file)

    @cached_property
    def retired_keys(self) -> list[Ed25519PublicKey]:
        """The public keys of former signing keys; raises `ValueError` or `OSError`."""
        return _public_keys(self.retired_file)

    @cached_property
    def upcoming_keys(self) -> list[Ed25519PublicKey]:
        """The public keys of future signing keys; raises `ValueError` or `OSError`."""
        return _public_keys(self.upcoming_file)


def _public_keys(file: Path | None) -> list[Ed25519PublicKey]:
    text = file.read_text() if file else ""
    keys = [load_pem_public_key(pem.encode()) for pem in _PEM.findall(text)]
    if not all(isinstance(key, Ed25519PublicKey) for key in keys):
        raise ValueError(f"a key in {file} is not an Ed25519 public key")
    return [key for key in keys if isinstance(key, Ed25519PublicKey)]


class DatabaseSettings(BaseSettings):
    """All that the administrator's command line needs."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    mongodb_url: SecretStr = Field(validation_alias="MONGODB_URL", description="MongoDB, a replica set")
    database: str = Field("auth", validation_alias="AUTH_DATABASE", description="name of auth's database")
