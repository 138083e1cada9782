"""Stories of works: pictures, order, counts."""

import io
from collections.abc import Awaitable, Callable

import httpx
import pytest
from document.cast import PROMPT, Cast, paint, person
from document.coverage import covers
from people import Json, Person
from PIL import Image

from common.testing.eventually import eventually
from common.testing.ink import label_box
from common.testing.labels import judge


async def own(person: Person, **query: str | int) -> list[Json]:
    return (await person.get("/api/works/my", **query))["works"]  # type: ignore[no-any-return]


async def published(person: Person, works: list[Json]) -> list[int]:
    for n, work in enumerate(works):
        await person.put(f"/api/works/{work['id']}", {"title": f"画 {n} {person.name}", "is_public": True})
    return [int(work["id"]) for work in works]


def listed(person: Person, path: str, wanted: list[int], **query: str) -> Callable[[], Awaitable[list[int]]]:
    async def look() -> list[int]:
        works = (await person.get(path, limit=100, **query))["works"]
        return [w["id"] for w in works if w["id"] in wanted]

    return look


@covers("works.my.limit.default", "gallery.limit.default")
async def test_lists_show_twelve_by_default(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    for n in range(1, 5):
        await paint(ann, 4 if n < 4 else 1, seed=10 * n)
    assert len(await own(ann)) == 12
    await published(ann, await own(ann, limit=100))
    gallery = await ann.get("/api/works/gallery")
    assert len(gallery["works"]) == 12
    assert gallery["pagination"]["has_next"] is True


@covers("works.my.sort.likes", "works.my.sort.views")
async def test_own_works_are_sorted_as_asked(http: httpx.AsyncClient) -> None:
    ann, ben = await person(http, "ann"), await person(http, "ben")
    await paint(ann, 3)
    works = await published(ann, await own(ann))
    await ben.post(f"/api/works/{works[1]}/like", {"liked": True})
    await ben.get(f"/api/works/{works[2]}")
    for sort, first in (("likes", works[1]), ("views", works[2])):
        await eventually(listed(ann, "/api/works/my", works, sort=sort), lambda ids, first=first: ids[0] == first)


@covers("gallery.sort.popular", "gallery.sort.rating", "gallery.sort.views", "gallery.sort.by_publication")
async def test_the_gallery_is_sorted_as_asked(http: httpx.AsyncClient) -> None:
    ann, ben = await person(http, "ann"), await person(http, "ben")
    await paint(ann, 4)
    works = await published(ann, await own(ann))
    await ben.post(f"/api/works/{works[0]}/like", {"liked": True})
    await ben.put(f"/api/works/{works[1]}/rating", {"score": 5})
    await ben.put(f"/api/works/{works[0]}/rating", {"score": 2})
    await ben.get(f"/api/works/{works[2]}")
    for sort, first in (("popular", 0), ("rating", 1), ("views", 2), ("latest", 3)):
        look = listed(ann, "/api/works/gallery", works, sort=sort, search=ann.name)
        await eventually(look, lambda ids, first=works[first]: ids[0] == first)


@covers("work.update.title_made")
async def test_titles_begin_as_the_prompt_and_are_unique(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    await paint(ann, 2)
    titles = [str(work["title"]) for work in await own(ann)]
    assert len(set(titles)) == 2
    assert all(title.startswith(PROMPT[:8]) for title in titles)


@covers("gallery.category", "gallery.category.settable", "categories.of_a_work")
async def test_the_owner_sets_the_category_and_the_gallery_filters_by_it(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    await paint(ann)
    (work,) = await published(ann, await own(ann))
    category = f"风景 {ann.name[-8:]}"
    changed = await ann.put(f"/api/works/{work}", {"category": category})
    assert changed["work"]["category"] == category
    assert await listed(ann, "/api/works/gallery", [work], category=category)() == [work]
    assert await listed(ann, "/api/works/gallery", [work], category="没有的分类")() == []
    known = (await ann.get("/api/works/categories"))["categories"]
    assert {"name": category, "works": 1} in known


@covers("work.owner_is_no_viewer")
async def test_a_view_counts_once_per_viewer_and_the_owner_never(http: httpx.AsyncClient) -> None:
    ann, ben = await person(http, "ann"), await person(http, "ben")
    await paint(ann)
    (work,) = await published(ann, await own(ann))
    for viewer in (ann, ben, ben, Person(http), Person(http)):
        await viewer.get(f"/api/works/{work}")

    async def views() -> int:
        return int((await ann.get(f"/api/works/{work}"))["work"]["views"])

    assert await views() == 2
    await eventually(views, lambda count: count == 2)


@covers("work.addresses.public", "work.addresses.unpublished", "work.addresses.cached")
async def test_the_public_copy_has_an_address_that_never_changes(http: httpx.AsyncClient) -> None:
    ann = await person(http, "ann")
    await paint(ann)
    (work,) = await published(ann, await own(ann))
    addresses = {(await own(ann))[0]["image_url"] for _ in range(3)}
    assert len(addresses) == 1
    (address,) = addresses
    assert "?" not in address
    picture = await ann.load(address)
    assert (picture.status_code, picture.headers["content-type"].split("/")[0]) == (200, "image")
    assert "immutable" in picture.headers["cache-control"]
    await ann.put(f"/api/works/{work}", {"is_public": False})
    await eventually(lambda: ann.load(address), lambda answer: answer.status_code == 404)
    await ann.put(f"/api/works/{work}", {"is_public": True})
    address = (await own(ann))[0]["image_url"]
    assert (await ann.load(address)).status_code == 200
    await ann.delete(f"/api/works/{work}")
    await eventually(lambda: ann.load(address), lambda answer: answer.status_code == 404)


@pytest.fixture(scope="module")
async def files(http: httpx.AsyncClient) -> dict[str, bytes]:
    """The files of a new work: the original, what its owner sees, and the public copies."""
    ann = await person(http, "ann")
    await paint(ann)
    (private,) = await own(ann)
    consent = {"consent": True, "terms_version": (await ann.get("/api/terms"))["version"]}
    asked = await ann.post(f"/api/works/{private['id']}/original", consent, status=201)
    addresses = {"original": asked["url"], "shown": private["image_url"], "thumbnail": private["thumbnail_url"]}
    stored = {name: (await ann.load(address)).content for name, address in addresses.items()}
    await published(ann, [private])
    (public,) = await own(ann)
    copies = {"copy": public["image_url"], "thumbnail of the copy": public["thumbnail_url"]}
    return {**stored, **{name: (await ann.load(address)).content for name, address in copies.items()}}


@covers("work.thumbnail")
async def test_a_thumbnail_is_small(files: dict[str, bytes]) -> None:
    assert max(Image.open(io.BytesIO(files["thumbnail"])).size) == 256
    assert len(files["thumbnail"]) < len(files["original"])


@covers("work.label.implicit")
async def test_every_picture_carries_the_label(files: dict[str, bytes]) -> None:
    labels = [judge(data) for data in files.values()]
    assert len({label.values["ProduceID"] for label in labels}) == 5
    assert not any(PROMPT.encode() in label.metadata for label in labels)


@covers("work.watermark")
async def test_what_is_shown_is_watermarked(files: dict[str, bytes]) -> None:
    original = Image.open(io.BytesIO(files["original"]))
    for name in files.keys() - {"original"}:
        width, height = Image.open(io.BytesIO(files[name])).size
        before = io.BytesIO()
        original.resize((width, height), Image.Resampling.LANCZOS).save(before, "PNG")
        _, top, right, bottom = label_box(before.getvalue(), files[name])
        assert bottom - top >= 0.05 * min(width, height)
        assert (right, bottom) > (0.9 * width, 0.9 * height)


@covers("comments.idempotency")
async def test_a_repeated_comment_is_one_comment(cast: Cast) -> None:
    carol, path = cast.people["carol"], f"/api/works/{cast.names['work']}/comments"
    key = {"Idempotency-Key": "comment-of-carol-0001"}
    first = await carol.post(path, {"content": "再看一遍"}, status=201, **key)
    again = await carol.post(path, {"content": "再看一遍"}, status=201, **key)
    assert again["comment"]["id"] == first["comment"]["id"]
    answer = await carol.http.post(
        path, json={"content": "别的"}, headers={"Authorization": f"Bearer {carol.token}", **key}
    )
    assert answer.status_code == 422
    await carol.delete(f"{path}/{first['comment']['id']}")


@covers("statistics.real", "like.of_a_deleted_work")
async def test_the_seven_figures_come_from_real_events(http: httpx.AsyncClient) -> None:
    ann, ben = await person(http, "ann"), await person(http, "ben")
    await paint(ann, 2)
    works = await published(ann, await own(ann))
    for work in works:
        await ben.get(f"/api/works/{work}")
        await ben.post(f"/api/works/{work}/like", {"liked": True})
    await ben.post(f"/api/users/{ann.id}/follow", {"following": True})
    await ann.post(f"/api/users/{ben.id}/follow", {"following": True})

    async def figures() -> Json:
        return await ann.get("/api/stats/user")

    counted = {"total_works": 2, "monthly_works": 2, "total_likes": 2, "total_views": 2, "weekly_views": 2}
    followed = {"followers_count": 1, "following_count": 1}
    await eventually(figures, lambda f: (counted | followed).items() <= f.items())
    await ann.delete(f"/api/works/{works[0]}")
    left = {"total_works": 1, "total_likes": 1}
    await eventually(figures, lambda f: left.items() <= f.items())
