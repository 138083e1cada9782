"""What works hears and what it tells, in two tables."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import Any

from common.consumers import Hear
from common.contracts import auth, generation
from common.contracts import works as told
from common.messages import Envelope, Message
from common.mongo import Session
from common.objects import ORIGINALS, PUBLIC
from common.relay import Tells
from works import events
from works.commands import CreateWork, LearnAuthor
from works.handlers import Journal, Removals, create_work, learn_author
from works.projections import tallies

NOW = timedelta(0)


def hears(journal: Journal, removals: Removals) -> list[Hear]:
    """Pictures become works, people become authors; its own news become figures and removed objects."""

    async def image_generated(message: generation.ImageGenerated, _: Envelope, session: Session) -> None:
        await create_work(_create(message), journal, session)

    async def registered(message: auth.UserRegistered, envelope: Envelope, session: Session) -> None:
        face = LearnAuthor(message.user_id, message.username, None, envelope.number)
        await learn_author(face, journal.store.db, session)

    async def profile_updated(message: auth.ProfileUpdated, envelope: Envelope, session: Session) -> None:
        face = LearnAuthor(message.user_id, message.username, message.avatar_key, envelope.number)
        await learn_author(face, journal.store.db, session)

    async def unpublished(message: told.WorkUnpublished, _: Envelope, session: Session) -> None:
        await removals.plan(PUBLIC, message.public_keys, after=NOW, session=session)

    async def deleted(message: told.WorkDeleted, _: Envelope, session: Session) -> None:
        await removals.plan(PUBLIC, message.public_keys, after=NOW, session=session)
        await removals.plan(ORIGINALS, message.original_keys, after=NOW, session=session)

    def counting(tally: tallies.Tally) -> Callable[[Any, Envelope, Session], Awaitable[None]]:
        async def count(message: Any, _: Envelope, session: Session) -> None:
            await tallies.note(journal.store.db, message.work_id, tally, session)

        return count

    return [
        Hear(generation.ImageGenerated, image_generated),
        Hear(auth.UserRegistered, registered),
        Hear(auth.ProfileUpdated, profile_updated),
        Hear(told.WorkUnpublished, unpublished),
        Hear(told.WorkDeleted, deleted),
        Hear(told.WorkLiked, counting(tallies.likes)),
        Hear(told.WorkUnliked, counting(tallies.likes)),
        Hear(told.WorkViewed, counting(tallies.views)),
        Hear(told.CommentAdded, counting(tallies.comments)),
        Hear(told.CommentRemoved, counting(tallies.comments)),
        Hear(told.WorkRated, counting(tallies.rating)),
    ]


def _create(message: generation.ImageGenerated) -> CreateWork:
    return CreateWork(
        owner_id=message.user_id,
        image_id=message.image_id,
        task_id=message.task_id,
        image_key=message.image_key,
        thumbnail_key=message.thumbnail_key,
        sha256=message.sha256,
        recipe=events.Recipe.model_validate(message.recipe.model_dump()),
        now=message.generated_at,
        pixels_sha256=message.pixels_sha256,
        remix_of=message.remix_of,
        labelled_key=message.labelled_key,
        preview_key=message.preview_key,
    )


def _as(contract: type[Message], event: Any) -> Message:
    """The public message of an event: the fields that both know."""
    return contract.model_validate(event.model_dump())


TELLS: Tells = {
    events.WorkCreated: partial(_as, told.WorkCreated),
    events.WorkUpdated: partial(_as, told.WorkUpdated),
    events.WorkPublished: partial(_as, told.WorkPublished),
    events.WorkUnpublished: partial(_as, told.WorkUnpublished),
    events.WorkDeleted: partial(_as, told.WorkDeleted),
    events.WorkLiked: partial(_as, told.WorkLiked),
    events.WorkUnliked: partial(_as, told.WorkUnliked),
    events.WorkViewed: partial(_as, told.WorkViewed),
    events.CommentAdded: partial(_as, told.CommentAdded),
    events.CommentRemoved: partial(_as, told.CommentRemoved),
    events.WorkRated: partial(_as, told.WorkRated),
}
