"""What happened to works: one stream a work, and one for each like, viewer, comment and rating."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from common.events import Codec, Event


class Recipe(BaseModel):
    """All that made the picture, as it was told when the picture was made.

    `workflow_sha256` is that of the graph which the engine ran, for an engine that has one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    prompt: str
    negative_prompt: str
    model: str
    width: int
    height: int
    steps: int
    cfg_scale: float
    seed: int
    sampler: str
    clip_skip: int
    engine: str
    engine_version: str
    workflow_sha256: str | None = None


class Struck(BaseModel):
    """What a content rule found: in which field, by which rule (`label` for people), the words as written."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    field: str
    rule: str
    label: str
    words: tuple[str, ...]


class WorkCreated(Event):
    """A generated picture became a private work. Stream `work-<id>`, as the next eight.

    `sha256` is that of the original's file, `pixels_sha256` that of its pixels alone; `remix_of` is the work whose
    recipe was submitted again.
    `image_key` is the original; `labelled_key`, `preview_key` and `thumbnail_key` bear the visible label. Pictures
    from before those had two files, of which the owner sees the original.
    """

    name: ClassVar[str] = "WorkCreated"
    work_id: int
    owner_id: int
    title: str
    image_id: str
    task_id: str
    image_key: str
    thumbnail_key: str
    sha256: str
    recipe: Recipe
    created_at: datetime
    pixels_sha256: str | None = None
    remix_of: int | None = None
    labelled_key: str | None = None
    preview_key: str | None = None


class WorkUpdated(Event):
    """The owner changed the words; always whole."""

    name: ClassVar[str] = "WorkUpdated"
    work_id: int
    owner_id: int
    title: str
    description: str
    tags: list[str]
    category: str
    updated_at: datetime


class WorkPublished(Event):
    """Everybody may see the work from now on, under these keys of the public bucket.

    Approved by the rules, or by the administrator `approved_by`, whose word then holds for the words as they are.
    """

    name: ClassVar[str] = "WorkPublished"
    work_id: int
    owner_id: int
    public_image_key: str
    public_thumbnail_key: str
    published_at: datetime
    approved_by: int | None = None
    public_preview_key: str | None = None
    reason: str = ""


class WorkUnpublished(Event):
    """The work is private again; `public_keys` are the copies to remove."""

    name: ClassVar[str] = "WorkUnpublished"
    work_id: int
    owner_id: int
    public_keys: list[str]
    unpublished_at: datetime


class PublicationHeld(Event):
    """The work waits for an administrator: for what a rule struck, after a refusal, or on the owner's `appeal`."""

    name: ClassVar[str] = "PublicationHeld"
    work_id: int
    owner_id: int
    struck: list[Struck]
    appeal: str = ""
    held_at: datetime


class PublicationRefused(Event):
    """The work stays private: by the rules, or by the administrator `refused_by` for a reason."""

    name: ClassVar[str] = "PublicationRefused"
    work_id: int
    owner_id: int
    struck: list[Struck]
    refused_by: int | None = None
    reason: str = ""
    refused_at: datetime


class PublicationWithdrawn(Event):
    """The owner no longer asks for publication of a work that waits."""

    name: ClassVar[str] = "PublicationWithdrawn"
    work_id: int
    owner_id: int
    withdrawn_at: datetime


class WorkFeatured(Event):
    """An administrator puts a public work forward, or no longer does."""

    name: ClassVar[str] = "WorkFeatured"
    work_id: int
    owner_id: int
    featured: bool
    featured_by: int
    featured_at: datetime


class WorkDeleted(Event):
    """The work is gone for good, with its picture."""

    name: ClassVar[str] = "WorkDeleted"
    work_id: int
    owner_id: int
    public_keys: list[str]
    original_keys: list[str]
    deleted_at: datetime


class WorkLiked(Event):
    """Stream `like-<work>-<user>`."""

    name: ClassVar[str] = "WorkLiked"
    work_id: int
    owner_id: int
    user_id: int
    liked_at: datetime


class WorkUnliked(Event):
    """Stream `like-<work>-<user>`."""

    name: ClassVar[str] = "WorkUnliked"
    work_id: int
    owner_id: int
    user_id: int
    unliked_at: datetime


class WorkViewed(Event):
    """Stream `view-<work>-<viewer>`; who looked is in the stream's name alone, as a keyed hash."""

    name: ClassVar[str] = "WorkViewed"
    work_id: int
    owner_id: int
    viewed_at: datetime


class CommentAdded(Event):
    """Stream `comment-<id>`."""

    name: ClassVar[str] = "CommentAdded"
    comment_id: int
    work_id: int
    owner_id: int
    author_id: int
    content: str
    added_at: datetime


class CommentRemoved(Event):
    """By its author, the work's owner or an administrator."""

    name: ClassVar[str] = "CommentRemoved"
    comment_id: int
    work_id: int
    owner_id: int
    removed_by: int
    removed_at: datetime


class WorkRated(Event):
    """Stream `rating-<work>-<user>`; a later score replaces the earlier."""

    name: ClassVar[str] = "WorkRated"
    work_id: int
    owner_id: int
    user_id: int
    score: int
    rated_at: datetime


class OriginalRequested(Event):
    """The owner agreed to the terms and was given the file without the visible label, until `address_ends_at`.

    Stream `original-<request id>`, of this one event: the record that the law wants for six months at least, also
    when the work is gone.
    """

    name: ClassVar[str] = "OriginalRequested"
    request_id: str
    work_id: int
    owner_id: int
    image_id: str
    terms_version: str
    address_ends_at: datetime
    requested_at: datetime


CODEC = Codec(
    WorkCreated,
    WorkUpdated,
    WorkPublished,
    WorkUnpublished,
    PublicationHeld,
    PublicationRefused,
    PublicationWithdrawn,
    WorkFeatured,
    WorkDeleted,
    WorkLiked,
    WorkUnliked,
    WorkViewed,
    CommentAdded,
    CommentRemoved,
    WorkRated,
    OriginalRequested,
)
