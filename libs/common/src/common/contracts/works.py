"""What works tells: works, their publication, likes and views."""

from datetime import datetime
from typing import ClassVar

from pydantic import Field

from common.messages import Message


class WorksMessage(Message):
    """A message of the works service."""

    publisher: ClassVar[str] = "works"


class WorkCreated(WorksMessage):
    """A picture became a private work of its owner."""

    name: ClassVar[str] = "WorkCreated"
    work_id: int
    owner_id: int
    image_id: str
    created_at: datetime


class WorkUpdated(WorksMessage):
    """The owner changed a work's words; always whole."""

    name: ClassVar[str] = "WorkUpdated"
    work_id: int
    owner_id: int
    title: str
    description: str
    tags: list[str]
    category: str | None = None


class WorkPublished(WorksMessage):
    """A work can be seen by everybody."""

    name: ClassVar[str] = "WorkPublished"
    work_id: int
    owner_id: int
    published_at: datetime


class WorkUnpublished(WorksMessage):
    """A work is private again; `public_keys` name its copies in the public bucket, which are to be removed."""

    name: ClassVar[str] = "WorkUnpublished"
    work_id: int
    owner_id: int
    public_keys: list[str]


class WorkDeleted(WorksMessage):
    """A work is gone, and with it its likes and views from the figures of its owner."""

    name: ClassVar[str] = "WorkDeleted"
    work_id: int
    owner_id: int
    public_keys: list[str] = Field(default_factory=list)
    original_keys: list[str] = Field(default_factory=list)


class WorkLiked(WorksMessage):
    """`user_id` likes the work. One stream for each pair of work and user."""

    name: ClassVar[str] = "WorkLiked"
    work_id: int
    owner_id: int
    user_id: int


class WorkUnliked(WorksMessage):
    """`user_id` likes the work no longer."""

    name: ClassVar[str] = "WorkUnliked"
    work_id: int
    owner_id: int
    user_id: int


class WorkViewed(WorksMessage):
    """Somebody looked at a public work: once per viewer and work in 30 minutes, the owner never."""

    name: ClassVar[str] = "WorkViewed"
    work_id: int
    owner_id: int
    viewed_at: datetime


class CommentAdded(WorksMessage):
    """`author_id` said something about a work."""

    name: ClassVar[str] = "CommentAdded"
    comment_id: int
    work_id: int
    owner_id: int
    author_id: int


class CommentRemoved(WorksMessage):
    """A comment is gone."""

    name: ClassVar[str] = "CommentRemoved"
    comment_id: int
    work_id: int
    owner_id: int


class WorkRated(WorksMessage):
    """`user_id` gives the work a score from 1 to 5, in place of any earlier one."""

    name: ClassVar[str] = "WorkRated"
    work_id: int
    owner_id: int
    user_id: int
    score: int


MESSAGES = (
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
