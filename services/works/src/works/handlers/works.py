"""Works: created from pictures, changed and deleted by their owners."""

from itertools import islice

from pymongo.errors import DuplicateKeyError

from common.mongo import Session, next_id
from works.commands import CreateWork, DeleteWork, UpdateWork
from works.domain import changes
from works.domain import work as domain
from works.domain.moderation import violation
from works.domain.work import DuplicateTitle, Status, Work
from works.handlers.inspection import Inspection
from works.handlers.journal import Journal
from works.handlers.publication import PublicCopies
from works.search import fold

TITLES_AT_ONCE = 50


async def create_work(command: CreateWork, journal: Journal, session: Session) -> None:
    """Make a work of a picture that has none yet.

    Raises:
        DuplicateKeyError: another transaction made it, or took the title, at the same moment; to be tried again.
    """
    known = await journal.store.db.pictures.find_one({"image_id": command.image_id}, session=session)
    if known is not None:
        return
    work_id = await next_id(journal.store.db, "works")
    title = await _free_title(command, journal, session)
    await journal.works.update(work_id, lambda work: domain.create(work, work_id, title, command), session=session)


async def update_work(
    command: UpdateWork, journal: Journal, copies: PublicCopies, inspection: Inspection
) -> tuple[Work, Work]:
    """Change words and publication; returns the work before and after.

    The picture is inspected, and its public copies exist, before the event that names them.

    Raises:
        ContentViolation: publication was asked for and refused; the refusal is kept, the words are not.
        DuplicateTitle: another work of the owner bears the title.
        Unavailable: the object store is down or the picture is broken, and nothing was changed.
        WorkNotFound, NotTheOwner, PublicationMoved: see `domain.changes.update`.
    """
    loaded = await journal.works.load(command.work_id)
    publishes = changes.publishes(loaded, command)
    objections = await inspection.look(loaded) if publishes else ()
    copy = await copies.make(loaded) if publishes and not objections else None

    async def change(session: Session) -> tuple[Work, Work]:
        before = await journal.works.load(command.work_id, session=session)
        after = await journal.works.update(
            command.work_id, lambda work: changes.update(work, command, copy, objections), session=session
        )
        await copies.keep(after.public_keys, session)
        return before, after

    try:
        before, after = await journal.store.transact(change)
    except DuplicateKeyError as error:
        raise DuplicateTitle from error
    if command.is_public and not before.is_offered and after.moderation.status is Status.REJECTED:
        raise violation(after.moderation)
    return before, after


async def delete_work(command: DeleteWork, journal: Journal) -> None:
    """Remove a work; its objects follow when the service hears of it."""
    await journal.works.update(command.work_id, lambda work: domain.delete(work, command))


async def _free_title(command: CreateWork, journal: Journal, session: Session) -> str:
    """The first of the possible titles that no work of the owner bears."""
    titles = domain.titles(command.recipe)
    while True:
        candidates = {fold(title): title for title in islice(titles, TITLES_AT_ONCE)}
        bearing = {"owner_id": command.owner_id, "title_key": {"$in": list(candidates)}}
        async for work in journal.store.db.works.find(bearing, {"title_key": 1}, session=session):
            del candidates[work["title_key"]]
        if candidates:
            return next(iter(candidates.values()))
