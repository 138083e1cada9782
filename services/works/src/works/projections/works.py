"""The works themselves, shaped for lists and details, and which picture became which work."""

from pymongo import ASCENDING, DESCENDING, IndexModel

from common.events import Event, Recorded
from common.mongo import Document
from common.projections import View
from works.domain.moderation import APPROVED
from works.events import WorkCreated, WorkDeleted, WorkPublished, WorkUnpublished, WorkUpdated
from works.search import fold, index_grams

PARAMS = ("model", "width", "height", "cfg_scale", "steps", "seed", "sampler", "clip_skip", "engine", "engine_version")
PRIVATE: Document = {
    "is_public": False,
    "public_image_key": None,
    "public_thumbnail_key": None,
    "published_at": None,
    "moderation_status": None,
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
        case WorkPublished():
            return {
                "is_public": True,
                "public_image_key": event.public_image_key,
                "public_thumbnail_key": event.public_thumbnail_key,
                "published_at": event.published_at,
                "updated_at": event.published_at,
                "moderation_status": APPROVED,
            }
        case WorkUnpublished():
            return {**PRIVATE, "updated_at": event.unpublished_at}
        case _:
            return {}


def _created(event: WorkCreated) -> Document:
    recipe = event.recipe.model_dump()
    document = {
        **event.model_dump(include={"owner_id", "title", "image_id", "task_id", "image_key", "thumbnail_key"}),
        "prompt": event.recipe.prompt,
        "negative_prompt": event.recipe.negative_prompt,
        "params": {name: recipe[name] for name in PARAMS},
        "description": "",
        "tags": [],
        "category": "",
        "featured": False,
        "created_at": event.created_at,
        "updated_at": event.created_at,
        **PRIVATE,
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
