"""Single answers: a work in full, its comments, and the people behind them."""

from collections.abc import Iterable

from common.http.pages import Page, PageQuery, paginate
from common.mongo import Database, Document
from works.domain.work import WorkNotFound


async def visible_work(db: Database, work_id: int, user_id: int | None) -> Document:
    """A work's document; raises `WorkNotFound` where this user (None: a visitor) may not know of it."""
    work = await work_of(db, work_id)
    if not (work["is_public"] or work["owner_id"] == user_id):
        raise WorkNotFound
    return work


async def work_of(db: Database, work_id: int) -> Document:
    """A work's document, whoever asks; raises `WorkNotFound`."""
    work = await db.works.find_one({"_id": work_id})
    if work is None:
        raise WorkNotFound
    return work


async def is_liked(db: Database, work_id: int, user_id: int) -> bool:
    """Whether this user likes the work now."""
    like = await db.likes.find_one({"_id": f"{work_id}-{user_id}"}, {"liked": 1})
    return like is not None and bool(like["liked"])


async def authors(db: Database, user_ids: Iterable[int]) -> dict[int, Document]:
    """Public faces by user id. One not heard of yet has a placeholder's name and no picture."""
    faces = {user_id: {"_id": user_id, "username": f"用户{user_id}", "avatar_key": None} for user_id in user_ids}
    async for author in db.authors.find({"_id": {"$in": list(faces)}}):
        faces[author["_id"]] = author
    return faces


async def comments_of(db: Database, work_id: int, paging: PageQuery) -> Page:
    """A page of a work's comments, newest first."""
    return await paginate(db, "comments", {"work_id": work_id}, [("created_at", -1), ("_id", -1)], paging)
