"""Whom a look is counted for, and the settings behind it."""

import pytest
from fastapi import Request
from pydantic import ValidationError

from works.api import Viewers
from works.settings import Settings

Given = dict[str, str]


def request(peer: str, forwarded: str = "") -> Request:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


def viewers(given: Given, trusted: str = "") -> Viewers:
    settings = Settings.model_validate({**given, "trusted_proxies": trusted})
    return Viewers(settings.viewer_key, settings.proxies)


@pytest.mark.parametrize(
    ("trusted", "peer", "forwarded", "address"),
    [
        ("", "198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.0/8", "198.51.100.1", "203.0.113.9", "198.51.100.1"),
        ("10.0.0.0/8", "10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "1.1.1.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.0/8", "10.0.0.1", "", "10.0.0.1"),
        ("10.0.0.0/8", "10.0.0.1", "nonsense", "10.0.0.1"),
    ],
)
def test_the_address_is_the_nearest_that_is_no_trusted_proxys(
    given: Given, trusted: str, peer: str, forwarded: str, address: str
) -> None:
    assert viewers(given, trusted).client_address(request(peer, forwarded)) == address


def test_a_viewer_is_a_user_else_an_address_and_neither_can_be_read(given: Given) -> None:
    named = viewers(given)

    assert named.name(request("198.51.100.1"), 7) == named.name(request("203.0.113.9"), 7)
    assert named.name(request("198.51.100.1"), None) != named.name(request("203.0.113.9"), None)
    assert "198.51.100.1" not in named.name(request("198.51.100.1"), None)


def test_the_hash_depends_on_the_secret(given: Given) -> None:
    other = Viewers(b"another secret")

    assert other.name(request("198.51.100.1"), None) != viewers(given).name(request("198.51.100.1"), None)


@pytest.mark.parametrize("wrong", [{"time_zone": "Mars/Base"}, {"time_zone": "../etc"}, {"trusted_proxies": "ten"}])
def test_wrong_settings_are_refused_at_start(given: Given, wrong: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({**given, **wrong})
