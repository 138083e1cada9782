"""A backup brings back log, read models and pictures as they were, in a folder and in an S3 store."""

import asyncio
import secrets
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from common.backup import backup, restore
from common.backup.archive import ArchiveWriter
from common.objects import ORIGINALS, PUBLIC, FolderStore
from common.operations import Neighbours, Operations
from common.s3 import S3Store
from common.testing.rebuilding import content_hash
from common.verify import verify
from works.operations import operations
from works.projections import VIEWS
from works.settings import Settings

OWNER, FAN = 1, 2
KEPT = ["events", "counters", "inbox", "authors", *(view.name for view in VIEWS)]


@pytest.fixture
async def operated(settings: Settings, stage: Any) -> AsyncIterator[Operations]:
    opened = operations(settings, Neighbours(objects=stage.objects))
    yield opened
    await opened.close()


@pytest.fixture
async def elsewhere(settings: Settings, mongo_url: str, tmp_path: Path) -> AsyncIterator[Operations]:
    """Another, empty database and folder."""
    name = f"{settings.database}_elsewhere"
    folder = FolderStore(tmp_path / "elsewhere", settings.public_url, b"signing")
    opened = operations(settings.model_copy(update={"database": name}), Neighbours(objects=folder))
    yield opened
    await opened.close()
    with MongoClient[dict[str, object]](mongo_url) as client:
        client.drop_database(name)


async def a_day(stage: Any) -> None:
    await stage.registered(OWNER, "lin_yue")
    works = [await stage.work(OWNER, f"作品 {n}", public=n > 0, tags=["夜"]) for n in range(3)]
    for work_id in works[1:]:
        await stage.data("POST", f"/api/works/{work_id}/like", FAN)
        await stage.data("PUT", f"/api/works/{work_id}/rating", FAN, json={"score": 4})
        await stage.data("POST", f"/api/works/{work_id}/comments", FAN, json={"content": "好"})
    await stage.ask("DELETE", f"/api/works/{works[2]}", OWNER)
    for name, figure in {"likes": 1, "rating": 4.0, "comments_count": 1}.items():
        await stage.figure(works[1], name, figure)
    await stage.quiet()


async def test_everything_comes_back_as_it_was(
    stage: Any, operated: Operations, elsewhere: Operations, tmp_path: Path
) -> None:
    await a_day(stage)
    before = await content_hash(operated.store.db, KEPT)
    public = {found.key: found.size async for found in stage.objects.list(PUBLIC)}
    said = await backup(operated, tmp_path / "works.tar")
    assert said.startswith("works: ")
    assert (tmp_path / "works.tar").stat().st_mode & 0o777 == 0o600
    await restore(elsewhere, tmp_path / "works.tar")
    assert await content_hash(elsewhere.store.db, KEPT) == before
    restored = elsewhere.neighbours.pictures
    assert {found.key: found.size async for found in restored.list(PUBLIC)} == public
    async for found in stage.objects.list(ORIGINALS):  # generation's, and in its backup
        await restored.put(ORIGINALS, found.key, await stage.objects.get(ORIGINALS, found.key))
    report = await verify(elsewhere)
    assert report.sound, str(report)


async def test_a_restored_service_asks_for_the_history_it_missed(
    stage: Any, operated: Operations, elsewhere: Operations, tmp_path: Path
) -> None:
    await a_day(stage)
    assert await operated.store.db.consumers.count_documents({}) == 1
    await backup(operated, tmp_path / "works.tar")
    await restore(elsewhere, tmp_path / "works.tar")
    assert await elsewhere.store.db.consumers.count_documents({}) == 0


async def test_a_backup_taken_while_works_change_is_of_one_moment(
    stage: Any, operated: Operations, elsewhere: Operations, tmp_path: Path
) -> None:
    await a_day(stage)
    busy = True

    async def changing() -> None:
        while busy:
            await stage.work(OWNER, f"作品 {secrets.token_hex(3)}", public=True)

    changes = asyncio.create_task(changing())
    await backup(operated, tmp_path / "works.tar")
    busy = False
    await changes
    await restore(elsewhere, tmp_path / "works.tar")
    report = await verify(elsewhere)
    assert {f.check for f in report.findings} <= {"objects", "figures"}, str(report)  # heard of after the moment
    assert not [f for f in report.findings if f.check == "objects" and f.subject.startswith(PUBLIC)], str(report)


async def test_a_database_that_is_not_empty_is_refused(stage: Any, operated: Operations, tmp_path: Path) -> None:
    await a_day(stage)
    before = await content_hash(operated.store.db, KEPT)
    await backup(operated, tmp_path / "works.tar")
    with pytest.raises(SystemExit, match="is not empty"):
        await restore(operated, tmp_path / "works.tar")
    assert await content_hash(operated.store.db, KEPT) == before


async def test_an_existing_file_is_never_overwritten(stage: Any, operated: Operations, tmp_path: Path) -> None:
    file = tmp_path / "works.tar"
    file.write_text("mine")
    with pytest.raises(SystemExit, match="exists already"):
        await backup(operated, file)
    assert file.read_text() == "mine"


def cut_off(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def one_bit_else(file: Path) -> None:
    with tarfile.open(file) as archive:
        member = next(m for m in archive.getmembers() if m.name.startswith("collections/events/"))
    data = bytearray(file.read_bytes())
    data[member.offset_data + member.size // 2] ^= 1
    file.write_bytes(data)


def one_member_less(file: Path) -> None:
    with tarfile.open(file) as whole, tarfile.open(f"{file}.less", "w") as less:
        for member in whole.getmembers()[1:]:
            less.addfile(member, whole.extractfile(member))
    Path(f"{file}.less").replace(file)


def of_another_service(file: Path) -> None:
    file.unlink()
    with ArchiveWriter(file) as archive:
        archive.finish({"service": "auth"})


def no_archive(file: Path) -> None:
    file.write_text("no archive")


@pytest.mark.parametrize("damage", [cut_off, one_bit_else, one_member_less, of_another_service, no_archive])
async def test_a_damaged_backup_restores_nothing(
    stage: Any, operated: Operations, elsewhere: Operations, tmp_path: Path, damage: Any
) -> None:
    await a_day(stage)
    await backup(operated, tmp_path / "works.tar")
    damage(tmp_path / "works.tar")
    with pytest.raises(SystemExit, match="Nothing was restored"):
        await restore(elsewhere, tmp_path / "works.tar")
    assert await elsewhere.store.db.events.count_documents({}) == 0


async def test_objects_go_from_a_folder_to_an_s3_store(
    stage: Any, operated: Operations, elsewhere: Operations, settings: Settings, tmp_path: Path, s3: Any
) -> None:
    await a_day(stage)
    await backup(operated, tmp_path / "works.tar")
    store = S3Store(s3.endpoint, s3.access_key, s3.secret_key, settings.public_url)
    await store.prepare()
    there = operations(settings.model_copy(update={"database": elsewhere.store.db.name}), Neighbours(objects=store))
    await restore(there, tmp_path / "works.tar")
    await there.close()
    async for found in stage.objects.list(PUBLIC):
        assert await store.get(PUBLIC, found.key) == await stage.objects.get(PUBLIC, found.key)
