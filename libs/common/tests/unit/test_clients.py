"""Whose request it is."""

import pytest

from common.clients import UNKNOWN, TrustedProxies, bucket, networks

PROXIES = TrustedProxies(networks("10.0.0.0/8, ::1"))


@pytest.mark.parametrize(
    ("peer", "forwarded_for", "client"),
    [
        ("192.0.2.1", "", "192.0.2.1"),
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),  # not a proxy: its word does not count
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "6.6.6.6, 203.0.113.9", "203.0.113.9"),  # what the client claimed stands before
        ("10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),  # a chain of proxies
        ("10.0.0.1", "10.0.0.3, 10.0.0.2", "10.0.0.3"),  # inside the network
        ("10.0.0.1", "nonsense", "10.0.0.1"),
        ("::1", "2001:db8::1", "2001:db8::1"),
        ("::ffff:10.0.0.1", "203.0.113.9", "203.0.113.9"),
        (None, "203.0.113.9", UNKNOWN),
    ],
)
def test_the_client_is_the_last_that_no_trusted_proxy_has(peer: str | None, forwarded_for: str, client: str) -> None:
    assert PROXIES.client(peer, forwarded_for) == client


def test_without_trusted_proxies_the_peer_is_the_client() -> None:
    assert TrustedProxies(()).client("127.0.0.1", "203.0.113.9") == "127.0.0.1"


def test_an_ipv6_customer_is_one_client() -> None:
    assert bucket("2001:db8:1:2:aaaa::1") == bucket("2001:db8:1:2:bbbb::2") != bucket("2001:db8:1:3::1")
    assert bucket("192.0.2.1") != bucket("192.0.2.2")


def test_a_wrong_network_is_refused() -> None:
    with pytest.raises(ValueError, match="traefik"):
        networks("traefik")
