"""What generation hears and tells."""

from common.consumers import Hear
from common.contracts import auth
from common.contracts import generation as public
from common.contracts import works as shown
from common.messages import Envelope
from common.mongo import Session
from common.relay import Tells
from generation import events, handlers
from generation.handlers import Aggregates
from generation.projections import works


def hears(aggregates: Aggregates) -> list[Hear]:
    """A new user gets an account; whose picture may be painted again is what works tells of its works."""

    db = aggregates.store.db

    async def user_registered(message: auth.UserRegistered, _envelope: Envelope, session: Session) -> None:
        await handlers.open_account(message.user_id, message.registered_at, aggregates, session)

    async def work_created(message: shown.WorkCreated, _: Envelope, session: Session) -> None:
        await works.note_created(db, message, session)

    async def publication(
        message: shown.WorkPublished | shown.WorkUnpublished, envelope: Envelope, session: Session
    ) -> None:
        await works.note_publication(db, message, envelope, session)

    async def work_deleted(message: shown.WorkDeleted, _: Envelope, session: Session) -> None:
        await works.note_deleted(db, message, session)

    return [
        Hear(auth.UserRegistered, user_registered),
        Hear(shown.WorkCreated, work_created),
        Hear(shown.WorkPublished, publication),
        Hear(shown.WorkUnpublished, publication),
        Hear(shown.WorkDeleted, work_deleted),
    ]


def _requested(event: events.GenerationRequested) -> public.GenerationRequested:
    return public.GenerationRequested(
        task_id=event.task_id,
        user_id=event.user_id,
        batch_size=event.order.batch_size,
        cost=event.cost,
        requested_at=event.requested_at,
    )


def _started(event: events.GenerationStarted) -> public.GenerationStarted:
    return public.GenerationStarted(task_id=event.task_id, user_id=event.user_id, attempt=event.attempt)


def _image(event: events.ImageGenerated) -> public.ImageGenerated:
    recipe = public.Recipe(
        **event.order.model_dump(exclude={"seed", "batch_size"}),
        seed=event.seed,
        engine=event.engine,
        engine_version=event.engine_version,
        workflow_sha256=event.workflow_sha256,
    )
    return public.ImageGenerated(
        image_id=event.image_id,
        task_id=event.task_id,
        user_id=event.user_id,
        index=event.index,
        image_key=event.image_key,
        thumbnail_key=event.thumbnail_key,
        sha256=event.sha256,
        recipe=recipe,
        generated_at=event.generated_at,
        pixels_sha256=event.pixels_sha256,
        remix_of=event.remix_of,
        labelled_key=event.labelled_key,
        preview_key=event.preview_key,
    )


def _completed(event: events.GenerationCompleted) -> public.GenerationCompleted:
    return public.GenerationCompleted(
        task_id=event.task_id, user_id=event.user_id, image_ids=event.image_ids, seconds=event.seconds
    )


def _failed(event: events.GenerationFailed) -> public.GenerationFailed:
    return public.GenerationFailed(task_id=event.task_id, user_id=event.user_id, code=event.code, reason=event.reason)


def _reserved(event: events.CreditsReserved) -> public.CreditsReserved:
    return public.CreditsReserved(user_id=event.user_id, task_id=event.task_id, amount=event.amount)


def _charged(event: events.CreditsCharged) -> public.CreditsCharged:
    return public.CreditsCharged(user_id=event.user_id, task_id=event.task_id, amount=event.amount)


def _refunded(event: events.CreditsRefunded) -> public.CreditsRefunded:
    return public.CreditsRefunded(user_id=event.user_id, task_id=event.task_id, amount=event.amount)


TELLS: Tells = {
    events.GenerationRequested: _requested,
    events.GenerationStarted: _started,
    events.ImageGenerated: _image,
    events.GenerationCompleted: _completed,
    events.GenerationFailed: _failed,
    events.CreditsReserved: _reserved,
    events.CreditsCharged: _charged,
    events.CreditsRefunded: _refunded,
}
