"""What happened to works: one stream a work, and one for each like, viewer, comment and rating."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from common.events import Codec, Event


class Recipe(BaseModel):
    """All that made the picture, as it was told when the picture was made."""

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


class WorkCreated(Event):
    """A generated picture became a private work. Stream `work-<id>`, as the next four."""

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
    """Everybody may see the work from now on, under these keys of the public bucket."""

    name: ClassVar[str] = "WorkPublished"
    work_id: int
    owner_id: int
    public_image_key: str
    public_thumbnail_key: str
    published_at: datetime


class WorkUnpublished(Event):
    """The work is private again; `public_keys` are the copies to remove."""

    name: ClassVar[str] = "WorkUnpublished"
    work_id: int
    owner_id: int
    public_keys: list[str]
    unpublished_at: datetime


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


CODEC = Codec(
    WorkCreated,
    WorkUpdated,
    WorkPublished,
    WorkUnpublished,
    WorkDeleted,
    WorkLiked,
    WorkUnliked,
    WorkViewed,
    CommentAdded,
    CommentRemoved,
    WorkRated,
)
