"""A work: its state, its making from a picture and its end. What changes it stands in `changes` and `moderation`."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import count

from common.errors import Conflict, NotAllowed, NotFound
from common.events import Event, State
from works.commands import CreateWork, DeleteWork
from works.events import (
    PublicationHeld,
    PublicationRefused,
    PublicationWithdrawn,
    Recipe,
    Struck,
    WorkCreated,
    WorkDeleted,
    WorkFeatured,
    WorkPublished,
    WorkUnpublished,
    WorkUpdated,
)

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
    preview_key: str


class Words(State):
    """What the owner says about a work."""

    title: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    category: str = ""


class Status(StrEnum):
    """How a publication that was asked for stands."""

    APPROVED = "approved"
    PENDING = "pending"
    REJECTED = "rejected"


class Moderation(State):
    """What was decided about a work's publication; no status while nobody has asked for it.

    `approved` and `refused` are the words of which an administrator said so last.
    """

    status: Status | None = None
    struck: tuple[Struck, ...] = ()
    reason: str = ""
    approved: Words | None = None
    refused: Words | None = None


class Work(State):
    """A work's present state; `owner_id` 0 is a stream without events. `revision` counts them.

    `image_key` is the original, `shown_keys` the other files in the bucket of originals.
    """

    work_id: int = 0
    revision: int = 0
    owner_id: int = 0
    deleted: bool = False
    words: Words = Words()
    prompt: str = ""
    negative_prompt: str = ""
    image_id: str = ""
    image_key: str = ""
    shown_keys: tuple[str, ...] = ()
    public_keys: tuple[str, ...] = ()
    moderation: Moderation = Moderation()
    featured: bool = False

    @property
    def exists(self) -> bool:
        """Whether it was made, and is not deleted."""
        return bool(self.owner_id) and not self.deleted

    @property
    def is_public(self) -> bool:
        """Whether everybody may see it."""
        return bool(self.public_keys) and not self.deleted

    @property
    def is_offered(self) -> bool:
        """Whether it is public, or waits to be."""
        return self.is_public or self.moderation.status is Status.PENDING

    def visible_to(self, user_id: int | None) -> bool:
        """Whether this user (None: a visitor without a token) may know of it."""
        return self.exists and (self.is_public or self.owner_id == user_id)


def evolve(work: Work, event: Event) -> Work:
    """The work after one more of its events."""
    return _evolve(work, event).but(revision=work.revision + 1)


def _evolve(work: Work, event: Event) -> Work:
    match event:
        case WorkCreated():
            return Work(
                work_id=event.work_id,
                owner_id=event.owner_id,
                words=Words(title=event.title),
                prompt=event.recipe.prompt,
                negative_prompt=event.recipe.negative_prompt,
                image_id=event.image_id,
                image_key=event.image_key,
                shown_keys=_given(event.labelled_key, event.thumbnail_key, event.preview_key),
            )
        case WorkUpdated():
            words = Words(
                title=event.title, description=event.description, tags=tuple(event.tags), category=event.category
            )
            return work.but(words=words)
        case WorkFeatured():
            return work.but(featured=event.featured)
        case WorkDeleted():
            return work.but(deleted=True, public_keys=())
        case _:
            return _evolve_publication(work, event)


def _evolve_publication(work: Work, event: Event) -> Work:
    before = work.moderation
    match event:
        case WorkPublished():
            keys = _given(event.public_image_key, event.public_thumbnail_key, event.public_preview_key)
            decided = Moderation(status=Status.APPROVED, approved=before.approved, refused=before.refused)
            if event.approved_by is not None:
                decided = decided.but(approved=work.words, refused=None)
            return work.but(public_keys=keys, moderation=decided)
        case WorkUnpublished():
            return work.but(public_keys=(), featured=False, moderation=before.but(status=None))
        case PublicationHeld():
            return work.but(moderation=before.but(status=Status.PENDING, struck=tuple(event.struck), reason=""))
        case PublicationRefused():
            refused = before.refused if event.refused_by is None else work.words
            decided = before.but(
                status=Status.REJECTED, struck=tuple(event.struck), reason=event.reason, refused=refused
            )
            return work.but(moderation=decided)
        case PublicationWithdrawn():
            return work.but(moderation=before.but(status=None, struck=()))
        case _:
            return work


def _given(*keys: str | None) -> tuple[str, ...]:
    return tuple(key for key in keys if key is not None)


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
            pixels_sha256=command.pixels_sha256,
            remix_of=command.remix_of,
            labelled_key=command.labelled_key,
            preview_key=command.preview_key,
        )
    ]


def delete(work: Work, command: DeleteWork) -> list[Event]:
    """The owner removes the work."""
    ensure_owner(work, command.user_id)
    return [
        WorkDeleted(
            work_id=work.work_id,
            owner_id=work.owner_id,
            public_keys=list(work.public_keys),
            original_keys=[work.image_key, *work.shown_keys],
            deleted_at=command.now,
        )
    ]


def ensure_visible(work: Work, user_id: int | None) -> None:
    """Raises `WorkNotFound` for a work that this user may not know of."""
    if not work.visible_to(user_id):
        raise WorkNotFound


def ensure_owner(work: Work, user_id: int) -> None:
    """Raises `WorkNotFound` or `NotTheOwner` for everybody else."""
    ensure_visible(work, user_id)
    if work.owner_id != user_id:
        raise NotTheOwner
