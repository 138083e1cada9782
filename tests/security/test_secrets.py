"""No secret is in the repository, and none has a default."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

import auth.settings
import gateway.settings
import generation.settings
import stats.settings
import works.settings
from common.settings import ServiceSettings

ROOT = Path(__file__).parents[2]
SERVICES = (auth, gateway, generation, stats, works)

# What the holders of these secrets say they look like.
LOOKS = {
    "private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----\s+[A-Za-z0-9+/]{40}",
    "AWS key": r"\b(?:AKIA|ASIA)[A-Z0-9]{16}\b",
    "GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_\w{60,})\b",
    "PyPI token": r"\bpypi-AgEIcHlwaS5vcmc[\w-]{50,}",
    "Slack token": r"\bxox[abprs]-[A-Za-z0-9-]{10,}",
    "signed JWT": r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{40,}",
    "password in an address": r"\b(?:amqps?|mongodb(?:\+srv)?|redis|valkey|https?)://[^\s:/@{}$\"']+:[^\s:/@{}$\"'<…]+@",
}
FOR_TESTS = ("/tests/", "tests/", "libs/common/src/common/testing/")


def tracked() -> list[str]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [path for path in listed.stdout.split("\0") if path]


def secrets_in(text: str) -> Iterator[str]:
    for kind, look in LOOKS.items():
        if re.search(look, text):
            yield kind


def test_no_tracked_file_holds_a_secret() -> None:
    found = [
        (path, kind)
        for path in tracked()
        if (ROOT / path).is_file()
        for kind in secrets_in((ROOT / path).read_text(errors="ignore"))
        if not (kind == "password in an address" and any(folder in path for folder in FOR_TESTS))
    ]
    assert not found


@pytest.mark.parametrize(
    "text",
    [
        "-----BEGIN " + "PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIPb7rjKdCqHVGJ3Kx0nMnqXKGd4YGZVqfJ6RbTzS1ZQW",
        "AKIA" + "IOSFODNN7EXAMPLE",
        "ghp_" + "a" * 36,
        "amqp://" + "works:hunter2@rabbitmq:5672",
    ],
)
def test_the_search_knows_a_secret_when_it_sees_one(text: str) -> None:
    assert list(secrets_in(text))


@pytest.mark.parametrize("service", SERVICES, ids=lambda service: service.__name__)
def test_no_secret_has_a_default(service: object) -> None:
    settings: type[ServiceSettings] = service.settings.Settings  # type: ignore[attr-defined]
    secret = {name: field for name, field in settings.model_fields.items() if "SecretStr" in str(field.annotation)}
    assert secret
    given = {name: field.default for name, field in secret.items() if not field.is_required()}
    assert not [name for name, default in given.items() if default not in (None, SecretStr(""))]
