"""The secrets of the containers: made once, fit for their readers, and no wider than what the services do."""

import re
import runpy
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

import auth.messaging
import gateway.messaging
import generation.messaging
import stats.messaging
import works.messaging
from common.consumers import Hear

SCRIPT = runpy.run_path(str(Path(__file__).parents[2] / "make_secrets.py"))
make: Callable[[Path], list[str]] = SCRIPT["make"]
definitions: Callable[[Mapping[str, str]], dict[str, Any]] = SCRIPT["rabbitmq_definitions"]
HEARS: Mapping[str, Sequence[str]] = SCRIPT["HEARS"]

nothing: Any = MagicMock()  # what a table of hearers is given and does not use yet
HEARD: dict[str, Sequence[Hear]] = {
    "auth": auth.messaging.HEARS,
    "generation": generation.messaging.hears(nothing),
    "works": works.messaging.hears(nothing, nothing),
    "stats": stats.messaging.hears(nothing),
    "gateway": gateway.messaging.hears(nothing),
}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    made = make(tmp_path / "secrets")
    before = {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()}
    assert set(made) == set(before)
    assert make(tmp_path / "secrets") == []
    assert {path.name: path.read_bytes() for path in (tmp_path / "secrets").iterdir()} == before


def test_the_folder_is_its_owners_alone_and_no_two_secrets_are_the_same(tmp_path: Path) -> None:
    make(tmp_path / "secrets")
    assert (tmp_path / "secrets").stat().st_mode & 0o077 == 0
    passwords = [SCRIPT["_password_in"](path) for path in (tmp_path / "secrets").glob("*_url")]
    assert len(set(passwords)) == len(passwords) == 2 * len(HEARS) + 1


def test_a_deleted_secret_is_made_anew_with_what_follows_from_it(tmp_path: Path) -> None:
    make(tmp_path)
    (tmp_path / "works_rabbitmq_url").unlink()
    assert make(tmp_path) == ["works_rabbitmq_url", "rabbitmq_definitions.json"]


def test_the_signing_key_is_an_ed25519_key(tmp_path: Path) -> None:
    make(tmp_path)
    key = load_pem_private_key((tmp_path / "auth_signing_key.pem").read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)


@pytest.mark.parametrize("service", HEARD)
def test_rabbitmq_lets_a_service_bind_what_it_hears_and_nothing_else(service: str) -> None:
    publishers = {hear.contract.publisher for hear in HEARD[service]}
    assert publishers == set(HEARS[service])


@pytest.mark.parametrize("service", HEARS)
def test_no_service_may_configure_or_read_the_queue_of_another(service: str) -> None:
    granted = {p["user"]: p for p in definitions(dict.fromkeys(HEARS, "x"))["permissions"]}[service]
    for other in HEARS.keys() - {service}:
        for right in ("configure", "read", "write"):
            assert not re.search(granted[right], other)
            assert not re.search(granted[right], f"{other}.dead")
