"""Comments: added once per idempotency key, removed by those who may."""

from common.idempotency import Repeatable, once
from common.mongo import Document, Session, next_id
from works.commands import AddComment, RemoveComment
from works.domain import comment as domain
from works.domain.comment import Comment
from works.handlers.journal import Journal


async def add_comment(command: AddComment, journal: Journal, repeatable: Repeatable | None = None) -> Comment:
    """Add a comment, or return the one that this request added before.

    Raises:
        KeyReused: the key came before with another work or text.
        WorkNotFound, ContentViolation: see `domain.comment.add`.
    """
    fresh_id = await next_id(journal.store.db, "comments")

    async def add(session: Session) -> Document:
        work = await journal.works.load(command.work_id, session=session)
        await journal.comments.update(fresh_id, lambda _: domain.add(fresh_id, command, work), session=session)
        return {"comment_id": fresh_id}

    added = await once(journal.store, repeatable, add)
    return await journal.comments.load(added["comment_id"])


async def remove_comment(command: RemoveComment, journal: Journal) -> None:
    """Take a comment away."""

    async def remove(session: Session) -> Comment:
        work = await journal.works.load(command.work_id, session=session)
        return await journal.comments.update(
            command.comment_id, lambda comment: domain.remove(comment, command, work), session=session
        )

    await journal.store.transact(remove)
