"""Sweeps of a folder and of an S3 server: what nothing refers to goes, a batch at a time."""

import os
import secrets
import time
import tracemalloc
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from common.mongo import Database
from common.objects import ORIGINALS, FolderStore, ObjectStore
from common.s3 import S3Store
from common.sweeps import Outcome, Sweep, Sweeper, temporary_files, unreferenced
from common.sweeps.objects import BATCH
from common.testing.sweeping import swept

DAY = timedelta(days=1)


@pytest.fixture(params=["folder", "s3"])
async def objects(request: pytest.FixtureRequest, tmp_path: Path, s3: Any) -> ObjectStore:
    if request.param == "folder":
        return FolderStore(tmp_path, "http://platform.test", b"secret")
    store = S3Store(s3.endpoint, s3.access_key, s3.secret_key, "http://platform.test")
    await store.prepare()
    return store


async def test_objects_that_nothing_refers_to_go_and_those_needed_stay(db: Database, objects: ObjectStore) -> None:
    folder = secrets.token_hex(8)
    keys = [f"{folder}/{name}.png" for name in ("needed", "loose", "elsewhere")]
    for key in keys:
        await objects.put(ORIGINALS, key, b"12345")
    asked: list[str] = []

    async def needed(candidates: Sequence[str]) -> set[str]:
        asked.extend(candidates)
        return {keys[0]}

    async def left() -> set[str]:
        return {o.key async for o in objects.list(ORIGINALS) if o.key.startswith(folder)}

    def sweep(grace: timedelta, prefix: str) -> list[Sweep]:
        return [unreferenced(db, objects, (ORIGINALS, prefix), grace, lambda: needed, name="loose")]

    await swept(db, sweep(timedelta(hours=1), folder))
    assert await left() == set(keys)
    assert asked == []

    past = timedelta(seconds=-5)  # the servers' clocks may differ a little
    outcome = (await swept(db, sweep(past, f"{folder}/loose")))["loose"]
    assert (outcome.removed, outcome.size) == (1, 5)
    assert await left() == {keys[0], keys[2]}

    await db.restores.insert_one({"log_end": datetime.now(UTC) - DAY, "at": datetime.now(UTC) + DAY})
    assert (await swept(db, sweep(past, folder)))["loose"].removed == 0
    await db.restores.delete_many({})
    assert (await swept(db, sweep(past, folder)))["loose"].removed == 1
    assert await left() == {keys[0]}


async def test_what_cannot_be_judged_is_not_removed(db: Database, objects: ObjectStore) -> None:
    key = f"{secrets.token_hex(8)}/one.png"
    await objects.put(ORIGINALS, key, b"12345")

    async def needed(_candidates: Sequence[str]) -> set[str]:
        raise ValueError("the log cannot be read")

    sweep = unreferenced(db, objects, (ORIGINALS, key[:16]), timedelta(seconds=-5), lambda: needed, name="loose")
    outcomes: list[Outcome] = await Sweeper(db, [sweep], DAY).sweep()
    assert outcomes[0].error is not None
    assert await objects.get(ORIGINALS, key) == b"12345"


def lay_down(folder: Path, files: int) -> FolderStore:
    store = FolderStore(folder, "http://platform.test", b"secret")
    (folder / ORIGINALS / "many").mkdir()
    for number in range(files):
        (folder / ORIGINALS / "many" / f"{number}.png").touch()
    return store


async def test_objects_are_judged_and_removed_a_batch_at_a_time(db: Database, tmp_path: Path) -> None:
    store = lay_down(tmp_path, 2 * BATCH + 7)
    asked: list[tuple[int, int]] = []

    async def needed(keys: Sequence[str]) -> set[str]:
        asked.append((len(keys), sum(1 for _ in (tmp_path / ORIGINALS / "many").iterdir())))
        return set()

    sweep = unreferenced(db, store, (ORIGINALS, "many/"), timedelta(seconds=-5), lambda: needed, name="loose")
    (outcome,) = await Sweeper(db, [sweep], DAY).sweep()
    assert outcome.removed == 2 * BATCH + 7
    assert asked == [(BATCH, 2 * BATCH + 7), (BATCH, BATCH + 7), (7, 7)]


async def test_a_sweep_needs_no_more_memory_for_ten_times_the_objects(db: Database, tmp_path: Path) -> None:
    async def needed(keys: Sequence[str]) -> set[str]:
        return set(keys)

    async def peak(files: int) -> int:
        store = lay_down(tmp_path / str(files), files)
        sweep = unreferenced(db, store, (ORIGINALS, "many/"), timedelta(seconds=-5), lambda: needed, name="loose")
        tracemalloc.start()
        try:
            assert [found async for found in sweep.find(datetime.now(UTC) + DAY)] == []
            return tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

    await peak(10)  # whatever is loaded once
    assert await peak(20_000) < await peak(2_000) + 18_000 * 50  # bytes; an object with its key takes four times that


async def test_half_written_files_of_the_killed_go(db: Database, tmp_path: Path) -> None:
    store = FolderStore(tmp_path, "http://platform.test", b"secret")
    await store.put(ORIGINALS, "a/whole.png", b"1")
    for name, age in {"old": 7200, "new": 0}.items():
        part = tmp_path / ORIGINALS / "a" / f"{name}.png.17-4.part"
        part.write_bytes(b"123")
        os.utime(part, (time.time() - age, time.time() - age))
    outcome = (await swept(db, [temporary_files(store, timedelta(hours=1))]))["temporary-files"]
    assert (outcome.removed, outcome.size) == (1, 3)
    assert [Path(part.key).name async for part in store.parts()] == ["new.png.17-4.part"]
    assert await store.get(ORIGINALS, "a/whole.png") == b"1"
