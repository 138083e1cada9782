"""Who is asking: tokens verified with auth's published key set, by the gateway and again by every service."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

import httpx
import jwt
import structlog
from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from common.context import act_as
from common.errors import NotAllowed, Unauthorized, Unavailable

log = structlog.get_logger()

ISSUER = "creation-engine"
AUDIENCE = "creation-engine-api"
ALGORITHM = "EdDSA"  # Ed25519, RFC 8037
FETCH_AGAIN_AFTER = 10.0  # seconds: an unknown key id asks the publisher again, at most this often
CLOCKS_DIFFER_BY = 5.0  # seconds: how far the clock of the service that signed may be ahead (RFC 7519, 4.1.6)
TELL_FAILURE_FOR = 1.0  # seconds: whoever waited for an answer that did not come is not made to wait again

KeySet = dict[str, Any]  # RFC 7517: {"keys": [...]}
FetchKeys = Callable[[], Awaitable[KeySet]]


@dataclass(frozen=True)
class Identity:
    """The user a valid token speaks for."""

    user_id: int
    username: str
    role: str
    token_id: str
    issued_at: datetime
    expires_at: datetime

    @property
    def is_admin(self) -> bool:
        """Whether the token was issued to an administrator."""
        return self.role == "admin"


def keys_from(url: str) -> FetchKeys:
    """Fetch the key set over HTTP."""

    async def fetch() -> KeySet:
        async with httpx.AsyncClient(timeout=5) as client:
            response = await client.get(url)
            response.raise_for_status()
            keys: KeySet = response.json()
            return keys

    return fetch


class TokenVerifier:
    """Verifies tokens with the key set that `fetch` gives. A key id not seen before asks again: keys rotate freely."""

    def __init__(self, fetch: FetchKeys, *, fetch_again_after: float = FETCH_AGAIN_AFTER) -> None:
        self._fetch = fetch
        self._fetch_again_after = fetch_again_after
        self._keys: dict[str, jwt.PyJWK] = {}
        self._asked_at = float("-inf")
        self._failed_at = float("-inf")
        self._asking = asyncio.Lock()

    async def learn(self) -> None:
        """Fetch the key set unless it is known: who has it goes on while auth is away. Raises `Unavailable`."""
        async with self._asking:
            if not self._keys:
                await self._refresh()
                self._asked_at = float("-inf")  # nobody's unknown key has been asked for yet

    async def verify(self, token: str) -> Identity:
        """The identity of a valid token.

        Raises:
            Unauthorized: expired, tampered, foreign, or not a token at all.
            Unavailable: the key is not known and auth does not answer.
        """
        try:
            key = await self._key(str(jwt.get_unverified_header(token).get("kid")))
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[ALGORITHM],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "iat", "sub", "jti"], "verify_iat": False},
            )
            if claims["iat"] > time.time() + CLOCKS_DIFFER_BY:
                raise jwt.ImmatureSignatureError
            return Identity(
                user_id=int(claims["sub"]),
                username=str(claims["name"]),
                role=str(claims["role"]),
                token_id=str(claims["jti"]),
                issued_at=datetime.fromtimestamp(claims["iat"], UTC),
                expires_at=datetime.fromtimestamp(claims["exp"], UTC),
            )
        except jwt.ExpiredSignatureError as error:
            raise Unauthorized("登录已过期，请重新登录") from error
        except (jwt.PyJWTError, KeyError, ValueError, TypeError) as error:
            raise Unauthorized("登录凭证无效，请重新登录") from error

    async def _key(self, kid: str) -> jwt.PyJWK:
        if kid not in self._keys:
            async with self._asking:  # of many callers at once, the first one asks for all
                if kid not in self._keys and time.monotonic() - self._asked_at >= self._fetch_again_after:
                    await self._refresh()
        if kid not in self._keys:
            raise Unauthorized("登录凭证无效，请重新登录")
        return self._keys[kid]

    async def _refresh(self) -> None:
        if time.monotonic() - self._failed_at < TELL_FAILURE_FOR:
            raise Unavailable
        try:
            published = list((await self._fetch())["keys"])
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            self._failed_at = time.monotonic()
            log.warning("key_set_not_fetched", error=repr(error))
            raise Unavailable from error
        self._asked_at = time.monotonic()
        self._keys = dict(filter(None, map(_usable, published)))


def _usable(published: Any) -> tuple[str, jwt.PyJWK] | None:
    """One key by its id; none for a key of another kind, which must not spoil the rest of the set."""
    try:
        return str(published["kid"]), jwt.PyJWK(published, ALGORITHM)
    except (jwt.PyJWTError, KeyError, TypeError, ValueError) as error:
        log.warning("key_not_usable", error=repr(error))
        return None


_bearer = HTTPBearer(auto_error=False, description="POST /api/users/login 返回的 token")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


async def _maybe_user(request: Request, credentials: Credentials) -> Identity | None:
    if credentials is None:
        return None
    verifier: TokenVerifier = request.app.state.verifier
    identity = await verifier.verify(credentials.credentials)
    act_as(identity.user_id)
    return identity


MaybeUser = Annotated[Identity | None, Depends(_maybe_user)]
"""A route that serves everybody, and knows the caller where a token was sent."""


async def _user(identity: MaybeUser) -> Identity:
    if identity is None:
        raise Unauthorized
    return identity


CurrentUser = Annotated[Identity, Depends(_user)]
"""A route for logged-in users."""


async def _admin(identity: CurrentUser) -> Identity:
    if not identity.is_admin:
        raise NotAllowed
    return identity


CurrentAdmin = Annotated[Identity, Depends(_admin)]
"""A route for administrators."""
