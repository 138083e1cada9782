"""What the routes work with."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from auth.adapters.avatars import Avatars
from auth.adapters.blocklist import Blocklist
from auth.adapters.keys import SigningKeys
from auth.adapters.passwords import Passwords
from auth.handlers import Accounts
from common.mongo import Database
from common.objects import ObjectStore


@dataclass(frozen=True)
class Deps:
    """`now` is UTC in whole milliseconds, which is what a token's `iat` and MongoDB keep.

    `refusal_step`, in seconds: a refused login is answered after a whole multiple of it (see `auth.api.evening`).
    """

    accounts: Accounts
    passwords: Passwords
    blocklist: Blocklist
    keys: SigningKeys
    avatars: Avatars
    objects: ObjectStore
    now: Callable[[], datetime]
    refusal_step: float

    @property
    def db(self) -> Database:
        """Where the read models are."""
        return self.accounts.store.db
