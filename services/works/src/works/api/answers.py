"""The shapes of answers, spelled as in the API document."""

from datetime import datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel, Field

from common.http import Moment
from common.http.pages import Pagination
from common.labelling import srcset
from common.mongo import Document
from common.objects import ORIGINALS, PUBLIC, ObjectStore

PRIVATE_ADDRESS_LIFE = timedelta(hours=1)
NEW_FOR = timedelta(days=7)
SRCSET = "两种尺寸的缩略图（最长边256和768像素），可直接用作 `<img srcset>`；旧作品为 null"


class Author(BaseModel):
    """Who made a work, or wrote a comment."""

    id: int
    username: str
    avatar: str | None


class Params(BaseModel):
    """The recipe of a picture without its prompts."""

    model: str
    width: int
    height: int
    cfg_scale: float
    steps: int
    seed: int
    sampler: str
    clip_skip: int
    engine: str
    engine_version: str


class Recipe(Params):
    """All that made the picture: submitted again to the same engine of the same version, it gives the same pixels.

    `sampler` names sampler and scheduler; `workflow_sha256` is that of the engine's graph, where it has one.
    `pixels_sha256` is the SHA-256 of the original's pixels (8-bit RGB, row by row), `file_sha256` that of its file.
    A hash is null for a picture made before it was noted.
    """

    prompt: str
    negative_prompt: str
    workflow_sha256: str | None
    pixels_sha256: str | None
    file_sha256: str | None


class Figures(BaseModel):
    """What others did with a work. `rating` is the mean score, 0 while nobody gave one."""

    views: int
    likes: int
    comments_count: int
    rating: float
    ratings_count: int


class Finding(BaseModel):
    """What a content rule struck: the words as written, and for people what the rule is about."""

    field: str
    rule: str
    label: str
    words: list[str]


class OwnWork(Figures):
    """A work as its owner sees it.

    `moderation_status` is null while publication was not asked for, else approved, pending or rejected;
    `moderation_reason` is what an administrator said, `moderation_findings` what the rules found.
    """

    id: int
    title: str
    description: str
    image_url: str
    thumbnail_url: str
    thumbnail_srcset: str | None = Field(description=SRCSET)
    prompt: str
    negative_prompt: str
    params: Params
    tags: list[str]
    category: str
    is_public: bool
    moderation_status: Literal["approved", "pending", "rejected"] | None
    moderation_reason: str | None = None
    moderation_findings: list[Finding] = Field(default_factory=list)
    featured: bool
    created_at: Moment
    updated_at: Moment
    published_at: Moment | None


class GalleryWork(Figures):
    """A public work as everybody sees it."""

    id: int
    title: str
    image_url: str
    thumbnail_url: str
    thumbnail_srcset: str | None = Field(description=SRCSET)
    prompt: str
    author: Author
    category: str
    tags: list[str]
    featured: bool
    is_new: bool
    created_at: Moment
    published_at: Moment


class WorkDetail(OwnWork):
    """A work in full, for everybody who may see it; `remix_of` is the work whose recipe was submitted again for it."""

    author: Author
    image_id: str
    is_new: bool
    is_liked: bool
    recipe: Recipe
    remix_of: int | None


class HeldWork(OwnWork):
    """A work in the administrators' queue; `appeal` is what the owner says against a refusal.

    `revision` counts what happened to the work: a decision that names it is refused when the work has changed since.
    """

    author: Author
    appeal: str | None
    held_at: Moment | None
    revision: int


class CommentItem(BaseModel):
    """One comment."""

    id: int
    work_id: int
    content: str
    author: Author
    created_at: Moment


class OwnWorks(BaseModel):
    """A page of one's own works."""

    works: list[OwnWork]
    pagination: Pagination


class GalleryWorks(BaseModel):
    """A page of the gallery."""

    works: list[GalleryWork]
    pagination: Pagination


class HeldWorks(BaseModel):
    """A page of the administrators' queue."""

    works: list[HeldWork]
    pagination: Pagination


class Comments(BaseModel):
    """A page of comments."""

    comments: list[CommentItem]
    pagination: Pagination


def own_work(work: Document, objects: ObjectStore) -> OwnWork:
    """The owner's view of a work's document."""
    return OwnWork.model_validate(_shown(work, objects))


def held_work(work: Document, author: Document, objects: ObjectStore) -> HeldWork:
    """An administrator's view of a work's document."""
    face = author_of(author, objects)
    return HeldWork.model_validate({**_shown(work, objects), "author": face, "revision": work["_number"]})


def gallery_work(work: Document, author: Document, objects: ObjectStore, now: datetime) -> GalleryWork:
    """Everybody's view of a public work's document."""
    face = author_of(author, objects)
    return GalleryWork.model_validate({**_shown(work, objects), "author": face, "is_new": _is_new(work, now)})


def work_detail(work: Document, author: Document, objects: ObjectStore, now: datetime, *, liked: bool) -> WorkDetail:
    """A work's document in full."""
    face = author_of(author, objects)
    flags = {"is_new": _is_new(work, now), "is_liked": liked}
    made = {"recipe": _recipe(work), "remix_of": work.get("remix_of")}
    return WorkDetail.model_validate({**_shown(work, objects), "author": face, **flags, **made})


def author_of(author: Document, objects: ObjectStore) -> Author:
    """A person's public face."""
    key = author["avatar_key"]
    avatar = objects.address(PUBLIC, key) if key else None
    return Author(id=author["_id"], username=author["username"], avatar=avatar)


def _shown(work: Document, objects: ObjectStore) -> dict[str, Any]:
    """With id and addresses: the public ones for ever, the private ones for an hour. All files bear the label.

    Works from before the labels have no preview, and the original where the labelled picture would be.
    """
    if work["is_public"]:
        bucket, life = PUBLIC, None
        names = ("public_image_key", "public_thumbnail_key", "public_preview_key")
    else:
        bucket, life = ORIGINALS, PRIVATE_ADDRESS_LIFE
        names = ("labelled_key" if work.get("labelled_key") else "image_key", "thumbnail_key", "preview_key")
    image, thumbnail, preview = (
        objects.address(bucket, key, life=life) if (key := work.get(name)) else None for name in names
    )
    size = (work["params"]["width"], work["params"]["height"])
    sizes = srcset(size, thumbnail, preview) if thumbnail and preview else None
    return {**work, "id": work["_id"], "image_url": image, "thumbnail_url": thumbnail, "thumbnail_srcset": sizes}


def _recipe(work: Document) -> dict[str, Any]:
    """The hashes are missing from documents that an older build wrote and nobody rebuilt."""
    hashes = {"workflow_sha256": "workflow_sha256", "pixels_sha256": "pixels_sha256", "file_sha256": "sha256"}
    texts = {name: work[name] for name in ("prompt", "negative_prompt")}
    return {**work["params"], **texts, **{name: work.get(stored) for name, stored in hashes.items()}}


def _is_new(work: Document, now: datetime) -> bool:
    age: timedelta = now - work["created_at"]
    return age < NEW_FOR
