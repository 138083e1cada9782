"""Lists: order, paging, filters, search, and the index behind each."""

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any, get_args

from works.projections.lists import (
    CATEGORIES,
    CATEGORIES_INDEX,
    HELD,
    HELD_ORDER,
    GalleryQuery,
    GallerySort,
    OwnQuery,
    OwnSort,
    gallery_plan,
    own_plan,
    ranked_plan,
)

OWNER, OTHER = 1, 2
NOW = datetime(2026, 11, 22, tzinfo=UTC)


async def titles(stage: Any, path: str, user: int | None = None) -> list[str]:
    return [work["title"] for work in (await stage.data("GET", path, user))["works"]]


async def test_pages_hold_every_work_once(stage: Any) -> None:
    for n in range(5):
        await stage.work(OWNER, public=True, title=f"t{n}")

    pages = [await titles(stage, f"/api/works/gallery?page={n}&limit=2") for n in (1, 2, 3, 4, 2**53 - 1)]

    assert pages == [["t4", "t3"], ["t2", "t1"], ["t0"], [], []]
    data = await stage.data("GET", "/api/works/gallery?page=3&limit=2")
    assert data["pagination"] == {
        "current_page": 3,
        "total_pages": 3,
        "total_count": 5,
        "has_next": False,
        "has_prev": True,
    }


async def test_popular_and_views_and_rating_order_the_gallery(stage: Any) -> None:
    first, second = [await stage.work(OWNER, public=True, title=title) for title in ("first", "second")]
    await stage.data("POST", f"/api/works/{first}/like", OTHER)
    await stage.data("GET", f"/api/works/{first}", OTHER)
    await stage.data("PUT", f"/api/works/{first}/rating", OTHER, json={"score": 5})
    await stage.data("PUT", f"/api/works/{second}/rating", OTHER, json={"score": 1})
    for name, figure in {"likes": 1, "views": 1, "rating": 5.0}.items():
        await stage.figure(first, name, figure)

    assert await titles(stage, "/api/works/gallery") == ["second", "first"]
    for sort in ("popular", "views", "rating"):
        assert await titles(stage, f"/api/works/gallery?sort={sort}") == ["first", "second"]
    assert await titles(stage, "/api/works/my?sort=created", OWNER) == ["second", "first"]
    for sort in ("likes", "views"):
        assert await titles(stage, f"/api/works/my?sort={sort}", OWNER) == ["first", "second"]
    await stage.data("PUT", f"/api/works/{first}", OWNER, json={"description": "x"})
    assert await titles(stage, "/api/works/my?sort=updated", OWNER) == ["first", "second"]


async def test_equal_works_stand_in_a_fixed_order(stage: Any) -> None:
    works = [await stage.work(OWNER, public=True) for _ in range(4)]
    await stage.store.db.works.update_many({}, {"$set": {"published_at": NOW, "created_at": NOW, "updated_at": NOW}})

    for path in ("gallery", "gallery?sort=popular", "gallery?sort=rating", "gallery?sort=views", "my?sort=updated"):
        pages = [f"/api/works/{path}{'&' if '?' in path else '?'}limit=1&page={n}" for n in (1, 2, 3, 4)]
        shown = [(await stage.data("GET", page, OWNER))["works"][0]["id"] for page in pages]
        assert shown == works[::-1], path


async def test_latest_goes_by_publication(stage: Any) -> None:
    early, late = [await stage.work(OWNER, title=title) for title in ("early", "late")]
    for work_id in (late, early):
        await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": True})

    assert await titles(stage, "/api/works/gallery?sort=latest") == ["early", "late"]


async def test_a_category_and_a_time_filter_narrow_the_gallery(stage: Any) -> None:
    await stage.work(OWNER, public=True, title="here", category="concept")
    old = await stage.work(OWNER, public=True, title="old", category="other")
    work = await stage.store.db.works.find_one({"_id": old})
    long_ago = {"published_at": work["published_at"] - timedelta(days=40)}
    await stage.store.db.works.update_one({"_id": old}, {"$set": long_ago})

    assert await titles(stage, "/api/works/gallery?category=concept") == ["here"]
    assert await titles(stage, "/api/works/gallery?category=nothing") == []
    for name in ("today", "week", "month"):
        assert await titles(stage, f"/api/works/gallery?time_filter={name}&sort=popular") == ["here"]


FOUND = ["来城", "城", "未来城市", "NEON", "ｎｅｏｎ", "eo", "neon 城市", "科幻", "描写", "moonlit", "lit valley"]
NOT_FOUND = ["城未", "neon 山水", ".*", "$where", "%", "abab"]


async def test_search_finds_inside_words(stage: Any) -> None:
    words = {"title": "未来城市 Neon", "description": "描写 aba bab", "tags": ["科幻"]}
    work_id = await stage.work(OWNER, "A moonlit valley", public=True, **words)
    await stage.work(OTHER, "无关", public=True)

    for search in FOUND + NOT_FOUND:
        for path, user in (("/api/works/gallery", None), ("/api/works/my", OWNER)):
            data = await stage.data("GET", path, user, params={"search": search})
            assert [work["id"] for work in data["works"]] == ([work_id] if search in FOUND else []), search
            assert data["pagination"]["total_count"] == len(data["works"])


async def test_a_search_shows_titles_that_hold_the_words_first(stage: Any) -> None:
    await stage.work(OWNER, "雪山 moon", public=True, title="both: 雪山 Moon")
    await stage.work(OWNER, "雪山 moon", public=True, title="one: 雪山")
    await stage.work(OWNER, "雪山 moon", public=True, title="none")
    await stage.work(OWNER, "雪山 moon $where", public=True, title="$where")

    for path in ("/api/works/gallery", "/api/works/my"):
        ranked = ["both: 雪山 Moon", "one: 雪山", "$where", "none"]
        assert await titles(stage, f"{path}?search=moon 雪山", OWNER) == ranked
        assert await titles(stage, f"{path}?search=$where", OWNER) == ["$where"]
        second = await stage.data("GET", f"{path}?search=moon 雪山&limit=1&page=2", OWNER)
        assert [work["title"] for work in second["works"]] == ["one: 雪山"]
        assert second["pagination"]["total_count"] == 4
    latest = ["$where", "none", "one: 雪山", "both: 雪山 Moon"]
    assert await titles(stage, "/api/works/gallery?search=moon 雪山&sort=latest", OWNER) == latest


async def test_a_search_for_blanks_alone_is_no_search(stage: Any) -> None:
    await stage.work(OWNER, public=True)

    assert len(await titles(stage, "/api/works/gallery?search=%20%09")) == 1


BAD_QUERIES = [
    "page=0",
    "page=x",
    "page=-1",
    "limit=0",
    "limit=101",
    "sort=worst",
    "sort=$where",
    "time_filter=year",
    "search=" + "x" * 101,
    "search=%00",
    "category=" + "x" * 31,
]


async def test_bad_queries_are_refused(stage: Any) -> None:
    for query in BAD_QUERIES:
        assert await stage.refused("GET", f"/api/works/gallery?{query}") == (422, "VALIDATION_ERROR"), query


async def test_every_list_is_read_by_index(stage: Any) -> None:
    await stage.hear(*[await stage.picture(OWNER + n % 3, f"城市 neon {n}") for n in range(60)])
    work = await stage.store.db.works.find_one({})
    plans = [own_plan(OWNER, OwnQuery(sort=s, search=q)) for s, q in product(get_args(OwnSort), ("", "城", "neon"))]
    for sort, category, search, since in product(
        get_args(GallerySort), ("", "concept"), ("", "市", "neon 城市"), (None, work["created_at"])
    ):
        query = GalleryQuery(sort=sort, category=category, search=search, published_since=since)
        plans.append(gallery_plan(query))

    for match, order in plans:
        plan = await explained(stage, match, order)
        assert "COLLSCAN" not in plan, (match, order)
        narrowed = "grams" in match or "published_at" in match
        assert narrowed or "SORT" not in plan, (match, order)


async def test_a_ranked_search_is_read_by_index(stage: Any) -> None:
    await stage.hear(*[await stage.picture(OWNER, f"城市 neon {n}") for n in range(20)])
    for match, order in (gallery_plan(GalleryQuery(search="城市")), own_plan(OWNER, OwnQuery(search="城市"))):
        aggregate = {"aggregate": "works", "pipeline": ranked_plan(match, order, "城市"), "cursor": {}}
        answer = await stage.store.db.command("explain", aggregate, verbosity="queryPlanner")
        assert "IXSCAN" in str(answer)
        assert "COLLSCAN" not in str(answer)


async def test_the_queue_and_the_categories_are_read_by_index(stage: Any) -> None:
    await stage.hear(*[await stage.picture(OWNER, f"城市 {n}") for n in range(20)])

    queue = await explained(stage, HELD, HELD_ORDER)
    aggregate = {"aggregate": "works", "pipeline": CATEGORIES, "hint": CATEGORIES_INDEX, "cursor": {}}
    answer = await stage.store.db.command("explain", aggregate, verbosity="queryPlanner")

    assert {"COLLSCAN", "SORT"}.isdisjoint(queue)
    assert "IXSCAN" in str(answer)
    assert "COLLSCAN" not in str(answer)
    assert "FETCH" not in str(answer), "categories are counted on the index alone"


async def explained(stage: Any, match: dict[str, Any], order: list[tuple[str, int]]) -> list[str]:
    find = {"find": "works", "filter": match, "sort": dict(order)}
    answer = await stage.store.db.command("explain", find, verbosity="queryPlanner")
    return stages(answer["queryPlanner"]["winningPlan"])


def stages(plan: dict[str, Any]) -> list[str]:
    inner = [plan[name] for name in ("inputStage", "queryPlan") if name in plan]
    deeper = [name for part in (*inner, *plan.get("inputStages", [])) for name in stages(part)]
    return [plan.get("stage", ""), *deeper]
