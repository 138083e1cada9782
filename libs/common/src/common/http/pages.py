"""Lists by page: `page` from 1, `limit` 1 to 100, and the document's pagination object."""

import math
from typing import Annotated, Any

from fastapi import Depends, Query
from pydantic import BaseModel

from common.mongo import Database, Document


class Pagination(BaseModel):
    """Where in a list the answer stands (`api-spec.zh.md`, 获取用户作品列表)."""

    current_page: int
    total_pages: int
    total_count: int
    has_next: bool
    has_prev: bool


class PageQuery(BaseModel):
    """The page asked for."""

    page: int
    limit: int

    @property
    def skipped(self) -> int:
        """How many come before this page."""
        return (self.page - 1) * self.limit


def _page_query(
    page: Annotated[int, Query(ge=1, le=2**53 - 1, description="页码，从1开始")] = 1,
    limit: Annotated[int, Query(ge=1, le=100, description="每页数量，1到100")] = 12,
) -> PageQuery:
    return PageQuery(page=page, limit=limit)


Paging = Annotated[PageQuery, Depends(_page_query)]


class Page(BaseModel):
    """One page of documents and where it stands."""

    items: list[Any]
    pagination: Pagination


async def paginate(
    db: Database, collection: str, match: Document, sort: list[tuple[str, int]], paging: PageQuery
) -> Page:
    """The page of `collection` that matches, in order; a page past the end is empty."""
    total = await db[collection].count_documents(match)
    cursor = db[collection].find(match).sort(sort).skip(paging.skipped).limit(paging.limit)
    items = [document async for document in cursor] if paging.skipped < total else []
    return Page(items=items, pagination=standing(total, paging))


def standing(total: int, paging: PageQuery) -> Pagination:
    """Where a page stands in a list of `total`."""
    pages = math.ceil(total / paging.limit)
    return Pagination(
        current_page=paging.page,
        total_pages=pages,
        total_count=total,
        has_next=paging.page < pages,
        has_prev=paging.page > 1,
    )
