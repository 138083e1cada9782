"""Pictures leave the object store when they should, whatever fails in between."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from common.labelling import Darkroom
from common.objects import ORIGINALS, PUBLIC
from common.testing.eventually import eventually
from common.testing.labels import TEST_PROVIDER
from works.handlers import Journal, PublicCopies, Removals

OWNER, FAN = 1, 2


async def keys_in(stage: Any, bucket: str) -> set[str]:
    return {stored.key async for stored in stage.objects.list(bucket)}


async def test_publishing_while_the_store_is_down_is_503_and_changes_nothing(stage: Any, tmp_path: Path) -> None:
    work_id = await stage.work(OWNER)
    broken(tmp_path)

    body = {"is_public": True, "title": "新"}
    refusal = await stage.refused("PUT", f"/api/works/{work_id}", OWNER, json=body)

    assert refusal == (503, "SERVICE_UNAVAILABLE")
    (work,) = (await stage.data("GET", "/api/works/my", OWNER))["works"]
    assert (work["title"], work["is_public"]) == ("月光下的山谷", False)


async def test_a_work_vanishes_at_once_and_its_copies_when_the_store_is_back(stage: Any, tmp_path: Path) -> None:
    work_id = await stage.work(OWNER, public=True)
    broken(tmp_path)

    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": False})

    assert (await stage.data("GET", "/api/works/gallery"))["works"] == []
    await eventually(lambda: stage.store.db.removals.count_documents({}), lambda n: n == 3)
    mended(tmp_path)
    await eventually(lambda: keys_in(stage, PUBLIC), lambda keys: not keys)
    assert len(await keys_in(stage, ORIGINALS)) == 4


async def test_copies_of_a_publication_that_never_came_are_removed(stage: Any) -> None:
    work_id = await stage.work(OWNER)
    removals, work = Removals(stage.store.db, stage.objects), await Journal(stage.store).works.load(work_id)
    await PublicCopies(stage.objects, removals, Darkroom(TEST_PROVIDER)).make(work)
    await removals.sweep()
    assert len(await keys_in(stage, PUBLIC)) == 3

    long_ago = {"due": datetime.now(UTC) - timedelta(seconds=1)}
    await stage.store.db.removals.update_many({}, {"$set": long_ago})

    await eventually(lambda: keys_in(stage, PUBLIC), lambda keys: not keys)


async def test_copies_in_use_are_not_on_the_list(stage: Any) -> None:
    await stage.work(OWNER, public=True)

    assert await stage.store.db.removals.count_documents({}) == 0


def broken(store: Path) -> None:
    """The public bucket's disk is gone: a file stands in its place."""
    (store / PUBLIC).rename(store / "elsewhere")
    (store / PUBLIC).write_bytes(b"")


def mended(store: Path) -> None:
    """The disk is back."""
    (store / PUBLIC).unlink()
    (store / "elsewhere").rename(store / PUBLIC)
