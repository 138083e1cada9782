"""The works themselves, shaped for lists and details, and which picture became which work."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from common.events import Event, Recorded
from common.mongo import Document
from common.projections import View
from works.domain.work import Status
from works.events import (
    PublicationHeld,
    PublicationRefused,
    PublicationWithdrawn,
    WorkCreated,
    WorkDeleted,
    WorkFeatured,
    WorkPublished,
    WorkUnpublished,
    WorkUpdated,
)
from works.search import fold, index_grams

PARAMS = ("model", "width", "height", "cfg_scale", "steps", "seed", "sampler", "clip_skip", "engine", "engine_version")
KEPT = {"owner_id", "title", "image_id", "task_id", "image_key", "labelled_key", "preview_key", "thumbnail_key"}
PRIVATE_FILES = ("labelled_key", "preview_key", "thumbnail_key")  # beside the original, `image_key`
PUBLIC_FILES = ("public_image_key", "public_preview_key", "public_thumbnail_key")
PRIVATE: Document = {
    "is_public": False,
    "public_image_key": None,
    "public_thumbnail_key": None,
    "public_preview_key": None,
    "published_at": None,
    "featured": False,
}
UNDECIDED: Document = {
    "moderation_status": None,
    "moderation_reason": None,
    "moderation_findings": [],
    "appeal": None,
    "held_at": None,
}


def fold_work(document: Document | None, recorded: Recorded) -> Document | None:
    """The work's document after one more event."""
    match recorded.event:
        case WorkCreated() as event:
            return _created(event)
        case WorkDeleted():
            return None
        case event:
            return {**document, **_changed(document, event)} if document else None


def _changed(document: Document, event: Event) -> Document:
    """The fields of a work that an event changes."""
    match event:
        case WorkUpdated():
            words = event.model_dump(include={"title", "description", "tags", "category", "updated_at"})
            return words | _found_by({**document, **words})
        case WorkFeatured():
            return {"featured": event.featured}
        case _:
            return _moderated(document, event)


def _moderated(document: Document, event: Event) -> Document:
    match event:
        case WorkPublished():
            return {
                **UNDECIDED,
                "is_public": True,
                "public_image_key": event.public_image_key,
                "public_thumbnail_key": event.public_thumbnail_key,
                "public_preview_key": event.public_preview_key,
                "published_at": event.published_at,
                "updated_at": event.published_at,
                "moderation_status": Status.APPROVED.value,
            }
        case WorkUnpublished():
            return {**PRIVATE, **UNDECIDED, "updated_at": event.unpublished_at}
        case PublicationHeld():
            return {
                **UNDECIDED,
                "moderation_status": Status.PENDING.value,
                "moderation_findings": _struck(event),
                "appeal": event.appeal or document["appeal"],
                "held_at": document["held_at"] or event.held_at,
            }
        case PublicationRefused():
            return {
                **UNDECIDED,
                "moderation_status": Status.REJECTED.value,
                "moderation_findings": _struck(event),
                "moderation_reason": event.reason or None,
            }
        case PublicationWithdrawn():
            return UNDECIDED
        case _:
            return {}


def _struck(event: PublicationHeld | PublicationRefused) -> list[Document]:
    return [struck.model_dump(mode="json") for struck in event.struck]


def _created(event: WorkCreated) -> Document:
    recipe = event.recipe.model_dump()
    document = {
        **event.model_dump(include=KEPT),
        **event.model_dump(include={"sha256", "pixels_sha256", "remix_of"}),
        "workflow_sha256": event.recipe.workflow_sha256,
        "prompt": event.recipe.prompt,
        "negative_prompt": event.recipe.negative_prompt,
        "params": {name: recipe[name] for name in PARAMS},
        "description": "",
        "tags": [],
        "category": "",
        "created_at": event.created_at,
        "updated_at": event.created_at,
        **PRIVATE,
        **UNDECIDED,
    }
    return document | _found_by(document)


def _found_by(document: Document) -> Document:
    """The fields that titles are compared by and searches run on."""
    texts = (document["title"], document["description"], *document["tags"], document["prompt"])
    text = fold("\n".join(texts))
    return {"title_key": fold(document["title"]), "text": text, "grams": index_grams(text)}


def _of_owner(field: str) -> IndexModel:
    return IndexModel([("owner_id", ASCENDING), (field, DESCENDING), ("_id", DESCENDING)])


def _public(*fields: tuple[str, int]) -> IndexModel:
    """An index over public works alone."""
    return IndexModel([*fields, ("_id", DESCENDING)], partialFilterExpression={"is_public": True})


GALLERY_SORTS = ("published_at", "likes", "rating", "views")

WORKS = View(
    name="works",
    category="work",
    fold=fold_work,
    key=int,
    indexes=[
        IndexModel([("owner_id", ASCENDING), ("title_key", ASCENDING)], unique=True),
        *(_of_owner(field) for field in ("created_at", "updated_at", "likes", "views")),
        IndexModel([("owner_id", ASCENDING), ("grams", ASCENDING)]),
        *(_public((field, DESCENDING)) for field in GALLERY_SORTS),
        *(_public(("category", ASCENDING), (field, DESCENDING)) for field in GALLERY_SORTS),
        _public(("grams", ASCENDING)),
        IndexModel([("is_public", ASCENDING), ("category", ASCENDING)], partialFilterExpression={"is_public": True}),
        IndexModel(
            [("held_at", ASCENDING), ("_id", ASCENDING)],
            partialFilterExpression={"moderation_status": Status.PENDING.value},
        ),
    ],
    tallied={"likes": 0, "views": 0, "comments_count": 0, "rating": 0.0, "ratings_count": 0},
)


def fold_picture(document: Document | None, recorded: Recorded) -> Document | None:
    """Which picture a work was made of; stays when the work is deleted, so that it is not made again."""
    if isinstance(recorded.event, WorkCreated):
        return {"image_id": recorded.event.image_id, "owner_id": recorded.event.owner_id}
    return document


PICTURES = View(
    name="pictures",
    category="work",
    fold=fold_picture,
    key=int,
    indexes=[IndexModel([("image_id", ASCENDING)], unique=True)],
)
