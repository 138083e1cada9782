"""Who looks at a work: a keyed hash of the user, or of the client's address, which itself is never stored."""

import hashlib
import hmac
from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address

from fastapi import Request

Network = IPv4Network | IPv6Network


class Viewers:
    """Names viewers. `secret` keys the hash; `trusted` are the proxies whose `X-Forwarded-For` counts."""

    def __init__(self, secret: bytes, trusted: Sequence[Network] = ()) -> None:
        self._secret = secret
        self._trusted = tuple(trusted)

    def name(self, request: Request, user_id: int | None) -> str:
        """32 hexadecimal digits, the same for the same user, else for the same address."""
        who = f"address:{self.client_address(request)}" if user_id is None else f"user:{user_id}"
        return hmac.new(self._secret, who.encode(), hashlib.sha256).hexdigest()[:32]

    def client_address(self, request: Request) -> str:
        """The nearest address that is not a trusted proxy's."""
        peer = request.client.host if request.client else "unknown"
        forwarded = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",") if part.strip()]
        for address in (peer, *reversed(forwarded)):
            peer = address
            if not self._trusts(address):
                break
        return peer

    def _trusts(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)
