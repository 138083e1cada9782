"""The lists of works: one's own, and the gallery. Every filter and order offered has its index."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from pydantic import BaseModel

from common.http.pages import Page, PageQuery, paginate, standing
from common.mongo import Database, Document
from works.domain.work import Status
from works.search import fold, query_grams

OwnSort = Literal["created", "updated", "likes", "views"]
GallerySort = Literal["latest", "popular", "rating", "views"]
TimeFilter = Literal["today", "week", "month"]
Order = list[tuple[str, int]]

OWN_FIELDS: Mapping[str, str] = {"created": "created_at", "updated": "updated_at", "likes": "likes", "views": "views"}
GALLERY_FIELDS: Mapping[str, str] = {
    "latest": "published_at",
    "popular": "likes",
    "rating": "rating",
    "views": "views",
}

HELD: Document = {"moderation_status": Status.PENDING.value}
HELD_ORDER: Order = [("held_at", 1), ("_id", 1)]
CATEGORIES_INDEX = {"is_public": 1, "category": 1}  # holds all that is counted: no document is read
CATEGORIES: list[Document] = [
    {"$match": {"is_public": True, "category": {"$gt": ""}}},
    {"$group": {"_id": "$category", "works": {"$sum": 1}}},
    {"$sort": {"works": -1, "_id": 1}},
    {"$limit": 100},
]


class OwnQuery(BaseModel):
    """What the owner asks of their works."""

    sort: OwnSort | None = None
    search: str = ""


class GalleryQuery(BaseModel):
    """What anybody asks of the gallery; `published_since` is the time filter's beginning."""

    sort: GallerySort | None = None
    category: str = ""
    search: str = ""
    published_since: datetime | None = None


async def own_works(db: Database, owner_id: int, query: OwnQuery, paging: PageQuery) -> Page:
    """A page of one user's works."""
    match, order = own_plan(owner_id, query)
    return await _page(db, match, order, query, paging)


async def gallery(db: Database, query: GalleryQuery, paging: PageQuery) -> Page:
    """A page of the public works."""
    match, order = gallery_plan(query)
    return await _page(db, match, order, query, paging)


async def held_works(db: Database, paging: PageQuery) -> Page:
    """A page of the works that wait for an administrator, whoever waits longest first."""
    return await paginate(db, "works", HELD, HELD_ORDER, paging)


async def categories(db: Database) -> list[Document]:
    """The categories in use and how many public works each has (`_id`, `works`), the largest first."""
    cursor = await db.works.aggregate(CATEGORIES, hint=CATEGORIES_INDEX)
    return [dict(category) async for category in cursor]


def own_plan(owner_id: int, query: OwnQuery) -> tuple[Document, Order]:
    """Filter and order of a user's own works."""
    return {"owner_id": owner_id, **holding(query.search)}, _order(OWN_FIELDS[query.sort or "created"])


def gallery_plan(query: GalleryQuery) -> tuple[Document, Order]:
    """Filter and order of the gallery."""
    match: Document = {"is_public": True, **holding(query.search)}
    if query.category:
        match["category"] = query.category
    if query.published_since is not None:
        match["published_at"] = {"$gte": query.published_since}
    return match, _order(GALLERY_FIELDS[query.sort or "latest"])


def ranked_plan(match: Document, order: Order, search: str) -> list[Document]:
    """Works that hold a search's words, those with more of them in the title first; `order` decides among equals."""
    in_title = [
        {"$cond": [{"$gte": [{"$indexOfCP": ["$title_key", {"$literal": term}]}, 0]}, 1, 0]}
        for term in fold(search).split()
    ]
    return [{"$match": match}, {"$set": {"rank": {"$sum": in_title}}}, {"$sort": {"rank": -1, **dict(order)}}]


async def _page(db: Database, match: Document, order: Order, query: OwnQuery | GalleryQuery, paging: PageQuery) -> Page:
    """The page in the order asked for; a search that asks for none is ranked."""
    if query.sort is not None or not fold(query.search):
        return await paginate(db, "works", match, order, paging)
    total = await db.works.count_documents(match)
    stages = [*ranked_plan(match, order, query.search), {"$skip": paging.skipped}, {"$limit": paging.limit}]
    cursor = await db.works.aggregate(stages)
    return Page(items=[work async for work in cursor], pagination=standing(total, paging))


def holding(search: str) -> Document:
    """A filter for works that hold every word of a search: the grams find candidates by index, the text decides."""
    terms = fold(search).split()
    if not terms:
        return {}
    return {
        "grams": {"$all": query_grams(terms)},
        "$and": [{"text": {"$regex": re.escape(term)}} for term in terms],
    }


def beginning(time_filter: TimeFilter, now: datetime, zone: ZoneInfo) -> datetime:
    """When this calendar day, week (from Monday) or month began in the platform's time zone."""
    midnight = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    days_ago = {"today": 0, "week": midnight.weekday(), "month": midnight.day - 1}
    return midnight - timedelta(days=days_ago[time_filter])


def _order(field: str) -> Order:
    return [(field, -1), ("_id", -1)]
