"""Argon2id, off the event loop, a few at a time; bcrypt only to compare with an imported hash."""

import re
import secrets
from functools import partial

import bcrypt
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.profiles import RFC_9106_LOW_MEMORY

from auth.adapters.hands import Hands

IMPORTED = re.compile(r"\$2[aby]\$(0[4-9]|1[0-6])\$[./A-Za-z0-9]{53}")  # cost 4 to 16: 17 takes ten seconds
BCRYPT_BYTES = 72  # of a password; bcrypt has never looked at more
WAITING = 64
"""Passwords that may wait, for each that is hashed: a hash takes some 0.1 s, and clients give up after 10 s."""


class Passwords:
    """Hashes and compares passwords; by default with the parameters of RFC 9106 for little memory (64 MiB each).

    At most `at_once` are in work. When too many wait, `hash` and `matches` raise `Overloaded`.
    """

    def __init__(self, hasher: PasswordHasher | None = None, *, at_once: int = 2) -> None:
        self._hasher = hasher or PasswordHasher.from_parameters(RFC_9106_LOW_MEMORY)
        self._hands = Hands("passwords", at_once, WAITING * at_once)
        self._nobodys = self._hasher.hash(secrets.token_hex(16))

    async def hash(self, password: str) -> str:
        """The encoded hash, with its salt and parameters."""
        return await self._hands.do(partial(self._hasher.hash, password))

    async def matches(self, encoded: str | None, password: str) -> bool:
        """Whether the password is the one hashed. Without a hash (unknown user) the same work is done, in vain."""
        matches = await self._hands.do(partial(self._compare, encoded or self._nobodys, password))
        return matches and encoded is not None

    async def close(self) -> None:
        """Finish what is in work."""
        await self._hands.close()

    def outdated(self, encoded: str) -> bool:
        """Whether a hash has another algorithm or other parameters than today's."""
        return bool(IMPORTED.fullmatch(encoded)) or self._hasher.check_needs_rehash(encoded)

    def _compare(self, encoded: str, password: str) -> bool:
        try:
            if IMPORTED.fullmatch(encoded):
                return bcrypt.checkpw(password.encode()[:BCRYPT_BYTES], encoded.encode())
            return self._hasher.verify(encoded, password)
        except (VerificationError, InvalidHashError, ValueError):
            return False
