"""What works knows of the people behind the works, as auth tells it."""

from common.mongo import Database, Session
from works.commands import LearnAuthor


async def learn_author(command: LearnAuthor, db: Database, session: Session) -> None:
    """Keep a user's public face; the newest wins, in whatever order they come."""
    known = await db.authors.find_one({"_id": command.user_id}, session=session)
    if known is not None and known["number"] >= command.number:
        return
    face = {"username": command.username, "avatar_key": command.avatar_key, "number": command.number}
    await db.authors.replace_one({"_id": command.user_id}, face, upsert=True, session=session)
