"""A private Valkey: password, crash and restart."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import valkey

from common.local.valkey import Valkey


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Valkey]:
    with Valkey(tmp_path / "valkey") as started:
        yield started


def test_without_the_password_nothing_is_told(server: Valkey) -> None:
    with valkey.from_url(server.url) as client:
        assert client.ping()
    stranger = valkey.from_url("valkey://" + server.url.partition("@")[2])
    with stranger, pytest.raises(valkey.AuthenticationError):
        stranger.ping()


def test_after_a_crash_it_serves_at_the_same_address_and_is_empty(server: Valkey) -> None:
    address = server.url
    with valkey.from_url(address) as client:
        client.set("counted", 1)
    server.kill()
    assert server.start() == address
    with valkey.from_url(address) as client:
        assert client.get("counted") is None
