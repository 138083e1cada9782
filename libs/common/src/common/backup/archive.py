"""The file of a backup: a tar of JSON Lines (MongoDB's canonical extended JSON) and objects, each with its SHA-256.

Written and read front to back, a member at a time, however many there are. `manifest.json` comes last, so that an
archive that was cut off is known by its absence; checksums stand in the members' extended headers.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

FORMAT = 2
MANIFEST = "manifest.json"
CHECKSUM = "CREATION_ENGINE.sha256"  # of a member, in hexadecimal


class BadArchive(Exception):
    """The file is no whole backup; the message is a sentence."""


class ArchiveWriter:
    """Writes beside, renames when all is there; the file is its owner's alone, since it holds password hashes.

    Raises:
        FileExistsError: nothing is overwritten.
    """

    def __init__(self, path: Path) -> None:
        if path.exists():
            raise FileExistsError(path)
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._members = 0
        descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._tar = tarfile.open(fileobj=self._file, mode="w")  # noqa: SIM115  (closed by `finish`)

    def add(self, name: str, data: bytes) -> None:
        """Add a member."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(data), 0o600
        info.pax_headers = {CHECKSUM: hashlib.sha256(data).hexdigest()}
        self._tar.addfile(info, io.BytesIO(data))
        _forget(self._tar)
        self._members += 1

    def finish(self, about: dict[str, Any]) -> int:
        """Write the manifest, flush to disk, give the file its name; returns its bytes."""
        manifest = {"format": FORMAT, **about, "members": self._members}
        self.add(MANIFEST, json.dumps(manifest, ensure_ascii=False, indent=1).encode())
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)
        return self._path.stat().st_size

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if not self._file.closed:
            self._file.close()
            self._part.unlink(missing_ok=True)


class ArchiveReader:
    """Reads a backup. Raises `BadArchive` for a file that is none, or is not whole."""

    def __init__(self, path: Path) -> None:
        self._path = path
        data = next((data for _, data in self._read(MANIFEST)), None)
        if data is None:
            raise BadArchive("the file is not whole: it has no manifest")
        self.manifest: dict[str, Any] = json.loads(data)
        if self.manifest.get("format") != FORMAT:
            raise BadArchive(f"the file is of format {self.manifest.get('format')}; this build reads {FORMAT}")

    def check(self) -> None:
        """Read everything once and compare the checksums."""
        members = sum(1 for _ in self._read("")) - 1  # but for the manifest
        if members != self.manifest["members"]:
            raise BadArchive(f"the file has {members} members, and {self.manifest['members']} were written")

    def members(self, folder: str) -> Iterator[tuple[str, bytes]]:
        """The members of a folder, in the order of their writing: the name without the folder's, and the bytes."""
        for name, data in self._read(f"{folder}/"):
            yield name.removeprefix(f"{folder}/"), data

    def _read(self, prefix: str) -> Iterator[tuple[str, bytes]]:
        """The members whose names begin so, each compared with its checksum."""
        try:
            with self._path.open("rb") as file, tarfile.open(fileobj=file, mode="r:") as tar:
                while member := tar.next():
                    _forget(tar)
                    if member.isfile() and member.name.startswith(prefix):
                        yield member.name, _bytes(tar, member)
        except (OSError, tarfile.TarError, ValueError) as error:
            raise BadArchive(f"{self._path} cannot be read: {error}") from error


def _bytes(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    source = tar.extractfile(member)
    assert source is not None  # noqa: S101  (only files are read)
    data = bytes(source.read())
    if hashlib.sha256(data).hexdigest() != member.pax_headers.get(CHECKSUM):
        raise BadArchive(f"the member {member.name} has other bytes than were written")
    return data


def _forget(tar: tarfile.TarFile) -> None:
    """Let go of the members it has seen, which it would remember to its end (`stream=True` of Python 3.13)."""
    tar.members.clear()  # type: ignore[attr-defined]
