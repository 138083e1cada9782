"""Who looks at a work: a keyed hash of the user, or of the client's address, which itself is never stored."""

import hashlib
import hmac
from collections.abc import Sequence

from fastapi import Request

from common.clients import Network, TrustedProxies, bucket


class Viewers:
    """Names viewers. `secret` keys the hash; `trusted` are the proxies whose `X-Forwarded-For` counts."""

    def __init__(self, secret: bytes, trusted: Sequence[Network] = ()) -> None:
        self._secret = secret
        self._proxies = TrustedProxies(trusted)

    def name(self, request: Request, user_id: int | None) -> str:
        """32 hexadecimal digits, the same for the same user, else for the same address (of IPv6 the /64 network)."""
        who = f"address:{bucket(self.client_address(request))}" if user_id is None else f"user:{user_id}"
        return hmac.new(self._secret, who.encode(), hashlib.sha256).hexdigest()[:32]

    def client_address(self, request: Request) -> str:
        """The nearest address that is not a trusted proxy's."""
        peer = request.client.host if request.client else None
        return self._proxies.client(peer, ",".join(request.headers.getlist("X-Forwarded-For")))
