"""What may be asked of works."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from works.events import Recipe


@dataclass(frozen=True)
class CreateWork:
    """Make a private work of a generated picture."""

    owner_id: int
    image_id: str
    task_id: str
    image_key: str
    thumbnail_key: str
    sha256: str
    recipe: Recipe
    now: datetime
    pixels_sha256: str | None = None
    remix_of: int | None = None
    labelled_key: str | None = None
    preview_key: str | None = None


@dataclass(frozen=True)
class UpdateWork:
    """Change a work's words or publication; None leaves a thing as it is, an empty value clears it."""

    work_id: int
    user_id: int
    now: datetime
    title: str | None = None
    description: str | None = None
    tags: tuple[str, ...] | None = None
    category: str | None = None
    is_public: bool | None = None


@dataclass(frozen=True)
class DeleteWork:
    """Remove a work for good."""

    work_id: int
    user_id: int
    now: datetime


class Decision(StrEnum):
    """What an administrator says of a work."""

    APPROVE = "approve"
    REJECT = "reject"


@dataclass(frozen=True)
class ModerateWork:
    """An administrator approves or rejects a publication.

    `revision` is that of the work which the administrator saw; None decides on the work as it is.
    """

    work_id: int
    admin_id: int
    decision: Decision
    reason: str
    now: datetime
    revision: int | None = None


@dataclass(frozen=True)
class AppealRefusal:
    """The owner asks an administrator to look at a refused work."""

    work_id: int
    user_id: int
    reason: str
    now: datetime


@dataclass(frozen=True)
class FeatureWork:
    """An administrator puts a public work forward, or no longer does."""

    work_id: int
    admin_id: int
    featured: bool
    now: datetime


@dataclass(frozen=True)
class LikeWork:
    """Like or not, as `liked` wishes; None turns it round."""

    work_id: int
    user_id: int
    now: datetime
    liked: bool | None = None


@dataclass(frozen=True)
class ViewWork:
    """Somebody looks at a work: `user_id` where a token was sent, `viewer` the keyed hash of user or address."""

    work_id: int
    user_id: int | None
    viewer: str
    now: datetime


@dataclass(frozen=True)
class RateWork:
    """Give a score from 1 to 5."""

    work_id: int
    user_id: int
    score: int
    now: datetime


@dataclass(frozen=True)
class AddComment:
    """Say something about a work."""

    work_id: int
    user_id: int
    content: str
    now: datetime


@dataclass(frozen=True)
class RemoveComment:
    """Take a comment away."""

    work_id: int
    comment_id: int
    user_id: int
    is_admin: bool
    now: datetime


@dataclass(frozen=True)
class RequestOriginal:
    """The owner asks for the file without the visible label, and agrees to the terms of that version."""

    request_id: str
    work_id: int
    user_id: int
    consent: bool
    terms_version: str
    now: datetime


@dataclass(frozen=True)
class LearnAuthor:
    """Keep the public face of a user; `number` is the place of the news in the user's stream."""

    user_id: int
    username: str
    avatar_key: str | None
    number: int
