"""Comments, and the idempotency keys under which they are added once."""

import hashlib
from datetime import timedelta

from pymongo import ASCENDING, IndexModel

from common.mongo import Database, Session, next_id
from works.commands import AddComment, RemoveComment
from works.domain import comment as domain
from works.domain.comment import Comment, KeyUsedDifferently
from works.handlers.journal import Journal

KEYS_LIVE = timedelta(hours=24)


async def prepare_keys(db: Database) -> None:
    """Make MongoDB forget idempotency keys after their time; safe to repeat."""
    life = int(KEYS_LIVE.total_seconds())
    await db.idempotency_keys.create_indexes([IndexModel([("at", ASCENDING)], expireAfterSeconds=life)])


async def add_comment(command: AddComment, journal: Journal) -> Comment:
    """Add a comment, or return the one that this idempotency key added before.

    Raises:
        KeyUsedDifferently: the key came before with another work or text.
    """
    fresh_id = await next_id(journal.store.db, "comments")

    async def add(session: Session) -> Comment:
        earlier = await _added_before(command, journal, session)
        if earlier is not None:
            return await journal.comments.load(earlier, session=session)
        work = await journal.works.load(command.work_id, session=session)
        comment = await journal.comments.update(
            fresh_id, lambda _: domain.add(fresh_id, command, work), session=session
        )
        await _remember(command, fresh_id, journal, session)
        return comment

    return await journal.store.transact(add)


async def remove_comment(command: RemoveComment, journal: Journal) -> None:
    """Take a comment away."""

    async def remove(session: Session) -> Comment:
        work = await journal.works.load(command.work_id, session=session)
        return await journal.comments.update(
            command.comment_id, lambda comment: domain.remove(comment, command, work), session=session
        )

    await journal.store.transact(remove)


async def _added_before(command: AddComment, journal: Journal, session: Session) -> int | None:
    if command.idempotency_key is None:
        return None
    known = await journal.store.db.idempotency_keys.find_one({"_id": _key(command)}, session=session)
    if known is None:
        return None
    if known["asked"] != _asked(command):
        raise KeyUsedDifferently
    return int(known["comment_id"])


async def _remember(command: AddComment, comment_id: int, journal: Journal, session: Session) -> None:
    if command.idempotency_key is not None:
        note = {"_id": _key(command), "asked": _asked(command), "comment_id": comment_id, "at": command.now}
        await journal.store.db.idempotency_keys.insert_one(note, session=session)


def _key(command: AddComment) -> str:
    return f"{command.user_id}:{command.idempotency_key}"


def _asked(command: AddComment) -> str:
    return hashlib.sha256(f"{command.work_id}\n{command.content}".encode()).hexdigest()
