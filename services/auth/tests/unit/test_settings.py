"""Settings: a wrong one is a sentence at start."""

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pydantic import ValidationError

from auth.settings import Settings
from auth.testing import pem, settings_for


def public_pem(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def with_key(text: str) -> Settings:
    return Settings.model_validate({**settings_for("mongodb://unused", "auth").model_dump(), "pem": text})


def test_the_key_may_stand_on_one_line_with_escaped_line_ends() -> None:
    assert with_key(pem(Ed25519PrivateKey.generate()).replace("\n", "\\n")).signing_key is not None


def test_the_key_may_be_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key.pem"
    path.write_text(pem(Ed25519PrivateKey.generate()))
    given = settings_for("mongodb://unused", "auth").model_dump()
    assert Settings.model_validate({**given, "pem": None, "pem_file": path}).signing_key is not None
    with pytest.raises(ValidationError, match="cannot be read"):
        Settings.model_validate({**given, "pem": None, "pem_file": tmp_path / "none.pem"})


def test_a_blocklist_that_cannot_be_read_stops_the_start(tmp_path: Path) -> None:
    given = settings_for("mongodb://unused", "auth").model_dump()
    with pytest.raises(ValidationError, match="cannot be read"):
        Settings.model_validate({**given, "blocklist_file": tmp_path / "none.txt"})


def test_without_a_key_there_is_no_service() -> None:
    given = settings_for("mongodb://unused", "auth").model_dump()
    with pytest.raises(ValidationError, match="AUTH_SIGNING_KEY or AUTH_SIGNING_KEY_FILE is required"):
        Settings.model_validate({**given, "pem": None})


@pytest.mark.parametrize("text", ["", "not a key", public_pem(Ed25519PrivateKey.generate())])
def test_what_is_no_private_key_is_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="not an unencrypted private key"):
        with_key(text)


def test_a_key_of_another_kind_is_refused() -> None:
    key = rsa.generate_private_key(65537, 2048)
    text = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    with pytest.raises(ValidationError, match="not an Ed25519 key"):
        with_key(text)


@pytest.mark.parametrize("name", ["hashes_at_once", "avatars_at_once"])
def test_how_much_is_in_work_at_once_is_told_and_never_guessed_by_the_machine(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 128)
    given = settings_for("mongodb://unused", "auth").model_dump()
    assert (given["hashes_at_once"], given["avatars_at_once"]) == (2, 1)
    with pytest.raises(ValidationError, match=name):
        Settings.model_validate({**given, name: 0})


def test_retired_keys_stand_one_after_another_in_a_file(tmp_path: Path) -> None:
    path = tmp_path / "retired.pem"
    path.write_text("".join(public_pem(Ed25519PrivateKey.generate()) for _ in range(2)))
    given = settings_for("mongodb://unused", "auth").model_dump()
    assert len(Settings.model_validate({**given, "retired_file": path}).retired_keys) == 2
