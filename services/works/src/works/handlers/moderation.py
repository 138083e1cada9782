"""What administrators decide about works, and appeals to them."""

from common.mongo import Session
from works.commands import AppealRefusal, FeatureWork, ModerateWork
from works.domain import moderation as domain
from works.handlers.journal import Journal
from works.handlers.publication import PublicCopies


async def moderate_work(command: ModerateWork, journal: Journal, copies: PublicCopies) -> None:
    """Approve, which publishes, or reject, which withdraws; the public copies exist before the event that names them.

    Raises:
        Unavailable: the object store is down or the picture is broken, and nothing was changed.
        WorkNotFound, NothingToDecide, PublicationMoved: see `domain.moderation.moderate`.
    """
    before = await journal.works.load(command.work_id)
    approves = domain.approves(before, command)
    copy = await copies.make(before) if approves else None

    async def decide(session: Session) -> None:
        after = await journal.works.update(
            command.work_id, lambda work: domain.moderate(work, command, copy), session=session
        )
        await copies.keep(after.public_keys, session)

    await journal.store.transact(decide)


async def appeal_refusal(command: AppealRefusal, journal: Journal) -> None:
    """Put a refused work into the administrators' queue."""
    await journal.works.update(command.work_id, lambda work: domain.appeal(work, command))


async def feature_work(command: FeatureWork, journal: Journal) -> None:
    """Put a public work forward, or no longer."""
    await journal.works.update(command.work_id, lambda work: domain.feature(work, command))
