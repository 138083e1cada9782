"""Public copies that no work shows are removed; what a work shows never is."""

from datetime import timedelta
from typing import Any

from common.objects import PUBLIC
from common.sweeps import Sweeper
from common.testing.eventually import eventually
from common.testing.sweeping import swept
from works.handlers import Removals
from works.sweeps import Needed, sweeps

OWNER = 1
NO_GRACE = timedelta(seconds=-5)
COPIES_OF_A_WORK = 3  # the picture and two thumbnails


async def copies(stage: Any) -> set[str]:
    return {found.key async for found in stage.objects.list(PUBLIC)}


async def test_copies_of_no_work_go_and_those_of_public_works_stay(stage: Any) -> None:
    await stage.work(OWNER, public=True)
    await stage.work(OWNER, "山", public=True)
    shown = await copies(stage)
    assert len(shown) == 2 * COPIES_OF_A_WORK
    for key in ("works/forgotten.png", "avatars/1-00.jpg"):
        await stage.objects.put(PUBLIC, key, b"123")
    outcome = (await swept(stage.store.db, sweeps(stage.store, stage.objects, NO_GRACE)))["public-copies"]
    assert (outcome.removed, outcome.size) == (1, 3)
    assert await copies(stage) == shown | {"avatars/1-00.jpg"}


async def test_a_republished_work_keeps_its_new_copies(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    first = await copies(stage)
    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": False})
    await eventually(lambda: copies(stage), lambda keys: not keys)
    for key in first:  # as if the removal had been lost
        await stage.objects.put(PUBLIC, key, b"123")
    await stage.data("PUT", f"/api/works/{work_id}", OWNER, json={"is_public": True})
    outcome = (await swept(stage.store.db, sweeps(stage.store, stage.objects, NO_GRACE)))["public-copies"]
    assert outcome.removed == COPIES_OF_A_WORK
    assert len(await copies(stage)) == COPIES_OF_A_WORK
    assert not await copies(stage) & first


async def test_the_log_is_read_once_for_all_batches_of_a_run_and_anew_for_the_next(stage: Any) -> None:
    await stage.work(OWNER, public=True)
    first = await copies(stage)
    needed = Needed(stage.store)
    assert [await needed([key, "works/forgotten.png"]) for key in sorted(first)] == [{key} for key in sorted(first)]

    await stage.work(OWNER, "山", public=True)
    second = await copies(stage) - first
    assert await needed(sorted(first | second)) == first
    assert await Needed(stage.store)(sorted(first | second)) == first | second
    await stage.quiet()
    await Removals(stage.store.db, stage.objects).plan(PUBLIC, ["works/0.png"], after=timedelta(days=1))
    assert await Needed(stage.store)(["works/0.png", "works/1.png"]) == {"works/0.png"}


async def test_neither_an_emptied_read_model_nor_a_damaged_log_costs_a_copy(stage: Any) -> None:
    await stage.work(OWNER, public=True)
    shown = await copies(stage)
    await stage.quiet()
    await stage.store.db.works.delete_many({})
    await swept(stage.store.db, sweeps(stage.store, stage.objects, NO_GRACE))
    assert await copies(stage) == shown

    await stage.objects.put(PUBLIC, "works/forgotten.png", b"123")
    await stage.store.db.events.update_one({"type": "WorkPublished"}, {"$set": {"data": {}}})
    outcomes = await Sweeper(stage.store.db, sweeps(stage.store, stage.objects, NO_GRACE), NO_GRACE).sweep()
    failed = [outcome for outcome in outcomes if outcome.error]
    assert [outcome.sweep.name for outcome in failed] == ["public-copies"]
    assert await copies(stage) == shown | {"works/forgotten.png"}
