"""A work: created from a picture, described, published, withdrawn, deleted by its owner."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count

from common.errors import Conflict, NotAllowed, NotFound
from common.events import Event, State
from works.commands import CreateWork, DeleteWork, UpdateWork
from works.domain.moderation import review
from works.events import Recipe, WorkCreated, WorkDeleted, WorkPublished, WorkUnpublished, WorkUpdated

TITLE_FROM_PROMPT = 40  # characters


class WorkNotFound(NotFound):
    """No such work, or another's private one: the two look the same."""

    message = "作品不存在"


class NotTheOwner(NotAllowed):
    """The work is public, and somebody else's."""

    message = "只能修改自己的作品"


class DuplicateTitle(Conflict):
    """Another work of the same owner bears this title."""

    code = "DUPLICATE_TITLE"
    message = "您已有同名作品，请换一个标题"


class PublicationMoved(Conflict):
    """The work was withdrawn by another request while this one was about to leave it published."""

    message = "作品状态已变化，请刷新后重试"


@dataclass(frozen=True)
class PublicCopy:
    """Keys of the copies that were made in the public bucket for a publication."""

    image_key: str
    thumbnail_key: str


class Words(State):
    """What the owner says about a work."""

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""


class Work(State):
    """A work's present state; `owner_id` 0 is a stream without events."""

    work_id: int = 0
    owner_id: int = 0
    deleted: bool = False
    words: Words = Words()
    prompt: str = ""
    image_key: str = ""
    thumbnail_key: str = ""
    public_keys: tuple[str, ...] = ()

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it."""
        return bool(self.public_keys) and not self.deleted

    def visible_to(self, user_id: int | None) -> bool:
        """Whether this user (None: a visitor without a token) may know of it."""
        return bool(self.owner_id) and not self.deleted and (self.is_public or self.owner_id == user_id)


def evolve(work: Work, event: Event) -> Work:
    """The work after one more of its events."""
    match event:
        case WorkCreated():
            return Work(
                work_id=event.work_id,
                owner_id=event.owner_id,
                words=Words(title=event.title),
                prompt=event.recipe.prompt,
                image_key=event.image_key,
                thumbnail_key=event.thumbnail_key,
            )
        case WorkUpdated():
            words = Words(
                title=event.title, description=event.description, tags=tuple(event.tags), category=event.category
            )
            return work.but(words=words)
        case WorkPublished():
            return work.but(public_keys=(event.public_image_key, event.public_thumbnail_key))
        case WorkUnpublished():
            return work.but(public_keys=())
        case WorkDeleted():
            return work.but(deleted=True, public_keys=())
        case _:
            return work


def titles(recipe: Recipe) -> Iterator[str]:
    """Titles for a new work, best first and without end: the start of the prompt, then with (2), (3) …"""
    start = " ".join(recipe.prompt.split())[:TITLE_FROM_PROMPT].rstrip() or "未命名作品"
    yield start
    for number in count(2):
        yield f"{start} ({number})"


def create(work: Work, work_id: int, title: str, command: CreateWork) -> list[Event]:
    """A picture becomes a work, once."""
    if work.owner_id:
        return []
    return [
        WorkCreated(
            work_id=work_id,
            owner_id=command.owner_id,
            title=title,
            image_id=command.image_id,
            task_id=command.task_id,
            image_key=command.image_key,
            thumbnail_key=command.thumbnail_key,
            sha256=command.sha256,
            recipe=command.recipe,
            created_at=command.now,
        )
    ]


def wants_public_copy(work: Work, command: UpdateWork) -> bool:
    """Whether this change publishes, so that copies of the picture must lie in the public bucket before it is made."""
    _ensure_owner(work, command.user_id)
    return command.is_public is True and not work.is_public


def update(work: Work, command: UpdateWork, copy: PublicCopy | None) -> list[Event]:
    """New words, publication or withdrawal; nothing where nothing changes.

    Raises:
        WorkNotFound, NotTheOwner: see there.
        ContentViolation: the words may not be shown to others.
        PublicationMoved: publishing without a copy of the picture.
    """
    _ensure_owner(work, command.user_id)
    words = _revised(work.words, command)
    events: list[Event] = []
    if words != work.words:
        events.append(
            WorkUpdated(work_id=work.work_id, owner_id=work.owner_id, updated_at=command.now, **words.model_dump())
        )
    if command.is_public is True and not work.is_public:
        events.append(_publish(work, words, command, copy))
    if command.is_public is False and work.is_public:
        events.append(
            WorkUnpublished(
                work_id=work.work_id,
                owner_id=work.owner_id,
                public_keys=list(work.public_keys),
                unpublished_at=command.now,
            )
        )
    return events


def delete(work: Work, command: DeleteWork) -> list[Event]:
    """The owner removes the work."""
    _ensure_owner(work, command.user_id)
    return [
        WorkDeleted(
            work_id=work.work_id,
            owner_id=work.owner_id,
            public_keys=list(work.public_keys),
            original_keys=[work.image_key, work.thumbnail_key],
            deleted_at=command.now,
        )
    ]


def ensure_visible(work: Work, user_id: int | None) -> None:
    """Raises `WorkNotFound` for a work that this user may not know of."""
    if not work.visible_to(user_id):
        raise WorkNotFound


def _ensure_owner(work: Work, user_id: int) -> None:
    ensure_visible(work, user_id)
    if work.owner_id != user_id:
        raise NotTheOwner


def _revised(words: Words, command: UpdateWork) -> Words:
    wished = {name: getattr(command, name) for name in Words.model_fields}
    return words.but(**{name: value for name, value in wished.items() if value is not None})


def _publish(work: Work, words: Words, command: UpdateWork, copy: PublicCopy | None) -> Event:
    if copy is None:
        raise PublicationMoved
    review((words.title, words.description, *words.tags, work.prompt))
    return WorkPublished(
        work_id=work.work_id,
        owner_id=work.owner_id,
        public_image_key=copy.image_key,
        public_thumbnail_key=copy.thumbnail_key,
        published_at=command.now,
    )
