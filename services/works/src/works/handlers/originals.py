"""Giving out the file without the visible label: the consent is in the log before anybody has the address."""

from common.mongo import Session
from works.commands import RequestOriginal
from works.domain import originals as domain
from works.handlers.journal import Journal


async def request_original(command: RequestOriginal, journal: Journal) -> str:
    """Record the request; the key of the original in the bucket of originals.

    Raises:
        TermsNotAccepted, WorkNotFound, NotTheOwner: see `domain.originals.request`.
    """

    async def record(session: Session) -> str:
        work = await journal.works.load(command.work_id, session=session)
        await journal.originals.update(command.request_id, lambda _: domain.request(command, work), session=session)
        return work.image_key

    return await journal.store.transact(record)
