"""Tokens ended before their time: kept in the gateway's database, known to every replica within a second."""

from datetime import UTC, datetime, timedelta

from pymongo import ASCENDING, IndexModel

from common.mongo import Database, Session, inserts
from common.security import Identity

TOKEN_LIFE = timedelta(days=30)  # the longest: older tokens have expired by themselves
LIFE = TOKEN_LIFE + timedelta(days=1)
LOOK_BACK = timedelta(seconds=60)  # a transaction is seen up to its length after the time it wrote
PATIENCE = 0.5  # seconds between looks when the server's change stream is silent

BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Revocations:
    """For each user the moment before which no token holds, as this process knows it."""

    def __init__(self) -> None:
        self._not_before: dict[int, datetime] = {}

    def learn(self, user_id: int, not_before: datetime) -> None:
        """Take over a revocation; one that is older than the known changes nothing."""
        self._not_before[user_id] = max(not_before, self._not_before.get(user_id, not_before))

    def cover(self, identity: Identity) -> bool:
        """Whether the token was issued before its user's sessions were ended."""
        not_before = self._not_before.get(identity.user_id)
        return not_before is not None and identity.issued_at < not_before


class RevocationStore:
    """One document for each user, and every replica's `Revocations` following them.

    They follow by the server's change stream and by a look every `PATIENCE` seconds; while the database is away
    they stay as they are.
    """

    def __init__(self, db: Database, revocations: Revocations) -> None:
        self._db = db
        self._revocations = revocations
        self._seen = BEGINNING

    async def prepare(self) -> None:
        """Create the indexes and read what is there."""
        life = int(LIFE.total_seconds())
        await self._db.revocations.create_indexes(
            [IndexModel([("at", ASCENDING)]), IndexModel([("not_before", ASCENDING)], expireAfterSeconds=life)]
        )
        await self.refresh()

    async def note(self, user_id: int, not_before: datetime, session: Session) -> None:
        """Store a revocation; an older one than known changes nothing, so order and repetition do not matter."""
        change = {"$max": {"not_before": not_before}, "$currentDate": {"at": True}}
        await self._db.revocations.update_one({"_id": user_id}, change, upsert=True, session=session)

    async def follow(self) -> None:
        """Keep this process up to date, for ever."""
        async with inserts(self._db, "revocations", patience=PATIENCE) as wait:
            while True:
                await wait()
                await self.refresh()

    async def refresh(self) -> None:
        """Take over what was stored since the last look."""
        async for entry in self._db.revocations.find({"at": {"$gte": self._seen - LOOK_BACK}}):
            self._revocations.learn(entry["_id"], entry["not_before"])
            self._seen = max(self._seen, entry["at"])
