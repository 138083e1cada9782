"""The file of a backup takes and gives any number of members, a member at a time."""

import tarfile
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest

from common.backup.archive import ArchiveReader, ArchiveWriter, BadArchive


def written(path: Path, members: int) -> Path:
    with ArchiveWriter(path) as archive:
        for number in range(members):
            archive.add(f"objects/originals/{number}.png", b"%d" % number)
        archive.finish({"service": "tests"})
    return path


def test_what_was_written_is_read_in_order(tmp_path: Path) -> None:
    archive = ArchiveReader(written(tmp_path / "a.tar", 3))
    archive.check()
    assert archive.manifest["service"] == "tests"
    assert list(archive.members("objects")) == [(f"originals/{n}.png", b"%d" % n) for n in range(3)]
    assert list(archive.members("collections")) == []


def test_any_tar_lists_and_extracts_it(tmp_path: Path) -> None:
    with tarfile.open(written(tmp_path / "a.tar", 2)) as tar:
        assert tar.getnames() == ["objects/originals/0.png", "objects/originals/1.png", "manifest.json"]


def test_a_file_of_another_format_is_refused(tmp_path: Path) -> None:
    with ArchiveWriter(tmp_path / "a.tar") as archive:
        archive.finish({"format": 1})
    with pytest.raises(BadArchive, match="is of format 1"):
        ArchiveReader(tmp_path / "a.tar")


def peak(do: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        do()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_ten_times_the_members_need_no_more_memory(tmp_path: Path) -> None:
    written(tmp_path / "first.tar", 1)  # whatever is loaded once
    few, many = tmp_path / "few.tar", tmp_path / "many.tar"
    kept = 4500 * 100  # bytes; a member that is remembered takes more than a thousand
    assert peak(lambda: written(many, 5000)) < peak(lambda: written(few, 500)) + kept
    assert peak(lambda: ArchiveReader(many).check()) < peak(lambda: ArchiveReader(few).check()) + kept
