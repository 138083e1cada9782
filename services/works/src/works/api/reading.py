"""Looking at works: one's own, the gallery, one in full."""

from datetime import UTC, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel

from common.http import Paging, Reply
from common.objects import ObjectStore
from common.security import CurrentUser, MaybeUser
from works.api import examples
from works.api.answers import GalleryWorks, OwnWorks, WorkDetail, gallery_work, own_work, work_detail
from works.api.ids import Category, Search, WorkId
from works.api.viewers import Viewers
from works.commands import ViewWork
from works.handlers import Journal, view_work
from works.projections import details, lists
from works.projections.lists import GalleryQuery, GallerySort, OwnQuery, OwnSort, TimeFilter
from works.projections.tallies import figures


class CategoryCount(BaseModel):
    """A category in use, and how many public works it has."""

    name: str
    works: int


class Categories(BaseModel):
    """The categories in use, the largest first."""

    categories: list[CategoryCount]


class WorkReply(BaseModel):
    """One work in full."""

    work: WorkDetail


def routes(journal: Journal, objects: ObjectStore, viewers: Viewers, zone: ZoneInfo) -> APIRouter:
    """Routes that read; `zone` is where the gallery's days, weeks and months begin."""
    router = APIRouter(prefix="/api/works", tags=["作品"])
    db = journal.store.db

    @router.get("/my", summary="获取用户作品列表", openapi_extra=examples.MY)
    async def my(
        user: CurrentUser,
        paging: Paging,
        sort: Annotated[OwnSort | None, Query(description="排序方式，默认created；搜索时默认按相关度")] = None,
        search: Search = "",
    ) -> Reply[OwnWorks]:
        page = await lists.own_works(db, user.user_id, OwnQuery(sort=sort, search=search), paging)
        works = [own_work(work, objects) for work in page.items]
        return Reply(data=OwnWorks(works=works, pagination=page.pagination))

    @router.get("/gallery", summary="获取公开作品画廊", openapi_extra=examples.GALLERY)
    async def gallery(
        paging: Paging,
        category: Annotated[Category, Query(description="分类筛选")] = "",
        sort: Annotated[GallerySort | None, Query(description="排序方式，默认latest；搜索时默认按相关度")] = None,
        time_filter: Annotated[TimeFilter | None, Query(description="时间筛选")] = None,
        search: Search = "",
    ) -> Reply[GalleryWorks]:
        now = datetime.now(UTC)
        since = None if time_filter is None else lists.beginning(time_filter, now, zone)
        query = GalleryQuery(sort=sort, category=category, search=search, published_since=since)
        page = await lists.gallery(db, query, paging)
        faces = await details.authors(db, (work["owner_id"] for work in page.items))
        works = [gallery_work(work, faces[work["owner_id"]], objects, now) for work in page.items]
        return Reply(data=GalleryWorks(works=works, pagination=page.pagination))

    @router.get("/categories", summary="获取作品分类列表", openapi_extra=examples.CATEGORIES)
    async def categories() -> Reply[Categories]:
        counted = await lists.categories(db)
        return Reply(data=Categories(categories=[CategoryCount(name=c["_id"], works=c["works"]) for c in counted]))

    @router.get("/{work_id:int}", summary="获取作品详情", openapi_extra=examples.DETAIL)
    async def detail(work_id: WorkId, request: Request, user: MaybeUser) -> Reply[WorkReply]:
        now = datetime.now(UTC)
        user_id = user.user_id if user else None
        work = await details.visible_work(db, work_id, user_id)
        await view_work(ViewWork(work_id, user_id, viewers.name(request, user_id), now), journal)
        work |= await figures(db, work_id)
        liked = user_id is not None and await details.is_liked(db, work_id, user_id)
        faces = await details.authors(db, [work["owner_id"]])
        shown = work_detail(work, faces[work["owner_id"]], objects, now, liked=liked)
        return Reply(data=WorkReply(work=shown))

    return router
