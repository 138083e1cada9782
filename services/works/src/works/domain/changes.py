"""What the owner changes about a work: its words, and whether others shall see it."""

from collections.abc import Sequence

from common.events import Event
from works.commands import UpdateWork
from works.domain.moderation import held, of_the_image, published, refused, review, unpublished
from works.domain.work import PublicCopy, Status, Words, Work, ensure_owner
from works.events import PublicationWithdrawn, Struck, WorkUpdated


def publishes(work: Work, command: UpdateWork) -> bool:
    """Whether this change publishes, so that copies of the picture must lie in the public bucket before it is made."""
    ensure_owner(work, command.user_id)
    asks = command.is_public is True and not work.is_offered
    return asks and review(work, _revised(work.words, command)).status is Status.APPROVED


def update(work: Work, command: UpdateWork, copy: PublicCopy | None, objections: Sequence[Struck] = ()) -> list[Event]:
    """New words, publication or withdrawal; nothing where nothing changes.

    A work that was private and asks for publication with words that break a rule is refused as a whole: it keeps
    its words, and the refusal is all that happens. New words of a public work are reviewed; what breaks a rule takes
    the work out of the gallery. What an inspection of the picture objects to, an administrator decides.

    Raises:
        WorkNotFound, NotTheOwner: see there.
        PublicationMoved: publishing without a copy of the picture.
    """
    ensure_owner(work, command.user_id)
    words = _revised(work.words, command)
    if command.is_public is True and not work.is_offered:
        return _ask(work, words, command, copy, objections)
    events = _worded(work, words, command)
    if command.is_public is False:
        return [*events, *_withdraw(work, command)]
    return [*events, *_review_again(work, words, command)] if events else []


def _ask(
    work: Work, words: Words, command: UpdateWork, copy: PublicCopy | None, objections: Sequence[Struck]
) -> list[Event]:
    ruling = review(work, words)
    if ruling.status is Status.REJECTED:
        known = work.moderation
        same = (known.status, known.struck, known.reason) == (ruling.status, ruling.struck, ruling.reason)
        return [] if same else [refused(work, ruling, command.now)]
    events = _worded(work, words, command)
    if ruling.status is Status.PENDING or objections:
        return [*events, held(work, (*ruling.struck, *objections), command.now)]
    return [*events, published(work, copy, command.now)]


def _worded(work: Work, words: Words, command: UpdateWork) -> list[Event]:
    if words == work.words:
        return []
    return [WorkUpdated(work_id=work.work_id, owner_id=work.owner_id, updated_at=command.now, **words.model_dump())]


def _withdraw(work: Work, command: UpdateWork) -> list[Event]:
    if work.is_public:
        return [unpublished(work, command.now)]
    if work.is_offered:
        return [PublicationWithdrawn(work_id=work.work_id, owner_id=work.owner_id, withdrawn_at=command.now)]
    return []


def _review_again(work: Work, words: Words, command: UpdateWork) -> list[Event]:
    """What new words mean for a public or waiting work. One that waits goes on waiting unless it is refused."""
    if not work.is_offered:
        return []
    ruling = review(work, words)
    struck = (*ruling.struck, *of_the_image(work.moderation.struck))
    if ruling.status is Status.REJECTED:
        decided: list[Event] = [refused(work, ruling, command.now)]
    elif ruling.status is Status.PENDING and (work.is_public or struck != work.moderation.struck):
        decided = [held(work, struck, command.now)]
    else:
        return []
    return [unpublished(work, command.now), *decided] if work.is_public else decided


def _revised(words: Words, command: UpdateWork) -> Words:
    wished = {name: getattr(command, name) for name in Words.model_fields}
    return words.but(**{name: value for name, value in wished.items() if value is not None})
