"""Likes, views and ratings. Each touches its own pair's stream only, so callers on one work never collide."""

import structlog

from common.errors import Conflict, Unavailable
from common.mongo import Session
from works.commands import LikeWork, RateWork, ViewWork
from works.domain import reactions as domain
from works.domain.reactions import Like, Viewer
from works.handlers.journal import Journal

log = structlog.get_logger()


async def like_work(command: LikeWork, journal: Journal) -> Like:
    """Like or not; returns how it stands now."""

    pair = f"{command.work_id}-{command.user_id}"

    async def change(session: Session) -> Like:
        work = await journal.works.load(command.work_id, session=session)
        return await journal.likes.update(pair, lambda like: domain.like(like, command, work), session=session)

    return await journal.store.transact(change, turn=journal.likes.name(pair))


async def rate_work(command: RateWork, journal: Journal) -> None:
    """Set the caller's score."""

    pair = f"{command.work_id}-{command.user_id}"

    async def change(session: Session) -> None:
        work = await journal.works.load(command.work_id, session=session)
        await journal.ratings.update(pair, lambda rating: domain.rate(rating, command, work), session=session)

    await journal.store.transact(change, turn=journal.ratings.name(pair))


async def view_work(command: ViewWork, journal: Journal) -> None:
    """Count a look at a work. Looking must not fail because counting does, so a lost race or database is only logged.

    The view of viewers answers first whether the last look is recent, which spares most requests the streams.
    """
    key = f"{command.work_id}-{command.viewer}"

    async def change(session: Session) -> Viewer:
        work = await journal.works.load(command.work_id, session=session)
        return await journal.viewers.update(key, lambda viewer: domain.view(viewer, command, work), session=session)

    known = await journal.store.db.viewers.find_one({"_id": key}, {"counted_at": 1})
    if known is not None and not domain.counts_again(known["counted_at"], command.now):
        return
    try:
        await journal.store.transact(change)
    except (Conflict, Unavailable) as error:
        log.warning("view_not_counted", work_id=command.work_id, error=repr(error))
