"""Whose request it is, by network address: what a client says about itself counts only through a trusted proxy."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"
LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
IPV6_CUSTOMER = 64  # bits: one customer has at least this whole network, so it is one client


def networks(text: str) -> tuple[Network, ...]:
    """Comma-separated addresses and CIDR ranges; raises `ValueError` for anything else."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


class TrustedProxies:
    """The proxies whose `X-Forwarded-…` headers are believed."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = tuple(trusted)

    def cover(self, peer: str | None) -> bool:
        """Whether the direct peer of a connection is one of them."""
        address = _parse(peer or "")
        return address is not None and any(address in network for network in self._trusted)

    def client(self, peer: str | None, forwarded_for: str) -> str:
        """The client's address: the peer's, or the last in `X-Forwarded-For` that no trusted proxy has."""
        nearest = _parse(peer or "")
        hops = [_parse(hop) for hop in forwarded_for.split(",")]
        while hops and nearest is not None and self.cover(str(nearest)):
            hop = hops.pop()
            if hop is None:
                break
            nearest = hop
        return UNKNOWN if nearest is None else str(nearest)


def bucket(address: str) -> str:
    """What one client's requests are counted under: an IPv4 address, or the /64 network of an IPv6 one."""
    parsed = _parse(address)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((int(parsed), IPV6_CUSTOMER), strict=False))
    return address


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text.strip().strip("[]").partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
