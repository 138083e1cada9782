"""Tokens that must not only be genuine but also not revoked: what auth's own routes ask for."""

from collections.abc import Awaitable, Callable

from common.security import FetchKeys, Identity, TokenVerifier

CheckSession = Callable[[Identity], Awaitable[None]]


class SessionVerifier(TokenVerifier):
    """Verifies as every service does, then asks auth's own read model: a revoked token ends here at once."""

    def __init__(self, fetch: FetchKeys, check: CheckSession) -> None:
        super().__init__(fetch)
        self._check = check

    async def verify(self, token: str) -> Identity:
        """See `TokenVerifier.verify`."""
        identity = await super().verify(token)
        await self._check(identity)
        return identity
