"""Who a token speaks for: verified once, remembered until it expires."""

from collections import OrderedDict
from datetime import UTC, datetime
from hashlib import sha256

from common.errors import Unauthorized
from common.security import Identity, TokenVerifier

REMEMBERED = 20_000
LONGEST = 4_096  # characters; a token of ours has about 450


class RememberedTokens:
    """Saves the signature check of a token seen before. Bounded: the one unused for longest goes first.

    Only tokens that hold are remembered, under their digest, so that a dump of the memory shows none.
    """

    def __init__(self, verifier: TokenVerifier, size: int = REMEMBERED) -> None:
        self._verifier = verifier
        self._size = size
        self._known: OrderedDict[bytes, Identity] = OrderedDict()

    async def verify(self, token: str) -> Identity:
        """See `TokenVerifier.verify`."""
        if len(token) > LONGEST:
            raise Unauthorized("登录凭证无效，请重新登录")
        digest = sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._known.get(digest)
        if known is not None and known.expires_at > datetime.now(UTC):
            self._known.move_to_end(digest)
            return known
        self._known.pop(digest, None)
        identity = await self._verifier.verify(token)
        self._known[digest] = identity
        if len(self._known) > self._size:
            self._known.popitem(last=False)
        return identity
