"""The file of a backup: a tar of JSON Lines (MongoDB's canonical extended JSON) and objects, with checksums.

`manifest.json` comes last, so that an archive that was cut off is known by its absence.
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

FORMAT = 1
MANIFEST = "manifest.json"


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
        self._checksums: dict[str, str] = {}
        descriptor = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w+b")
        self._tar = tarfile.open(fileobj=self._file, mode="w")  # noqa: SIM115  (closed by `finish`)

    def add(self, name: str, data: bytes) -> None:
        """Add a member from memory."""
        self._checksums[name] = hashlib.sha256(data).hexdigest()
        self._put(name, len(data), io.BytesIO(data))

    def add_file(self, name: str, file: Path) -> None:
        """Add a member from a file."""
        with file.open("rb") as source:
            self._checksums[name] = hashlib.file_digest(source, "sha256").hexdigest()
            source.seek(0)
            self._put(name, file.stat().st_size, source)

    def finish(self, about: dict[str, Any]) -> int:
        """Write the manifest, flush to disk, give the file its name; returns its bytes."""
        manifest = {"format": FORMAT, **about, "sha256": self._checksums}
        data = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        self._put(MANIFEST, len(data), io.BytesIO(data))
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._part.replace(self._path)
        return self._path.stat().st_size

    def _put(self, name: str, size: int, source: Any) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        self._tar.addfile(info, source)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        if not self._file.closed:
            self._file.close()
            self._part.unlink(missing_ok=True)


class ArchiveReader:
    """Reads a backup. Raises `BadArchive` for a file that is none, or is not whole."""

    def __init__(self, path: Path) -> None:
        try:
            self._file = path.open("rb")
        except OSError as error:
            raise BadArchive(f"{path} cannot be read: {error}") from error
        try:
            self._tar = tarfile.open(fileobj=self._file)  # noqa: SIM115  (closed by `close`)
            self._members = {member.name: member for member in self._tar.getmembers() if member.isfile()}
            self.manifest = self._manifest()
        except (OSError, tarfile.TarError, ValueError) as error:
            self._file.close()
            raise BadArchive(f"{path} cannot be read: {error}") from error
        except BadArchive:
            self._file.close()
            raise

    def _manifest(self) -> dict[str, Any]:
        if MANIFEST not in self._members:
            raise BadArchive("the file is not whole: it has no manifest")
        manifest: dict[str, Any] = json.loads(self.read(MANIFEST))
        if manifest.get("format") != FORMAT:
            raise BadArchive(f"the file is of format {manifest.get('format')}; this build reads {FORMAT}")
        return manifest

    def check(self) -> None:
        """Read everything once and compare the checksums."""
        expected: dict[str, str] = self.manifest["sha256"]
        for name, checksum in expected.items():
            if name not in self._members:
                raise BadArchive(f"the member {name} is missing")
            with self._open(name) as member:
                digest = hashlib.sha256()
                while block := member.read(1 << 20):
                    digest.update(block)
            if digest.hexdigest() != checksum:
                raise BadArchive(f"the member {name} has other bytes than were written")

    def names(self, folder: str) -> list[str]:
        """The members of a folder, without its name."""
        return [name.removeprefix(f"{folder}/") for name in self.manifest["sha256"] if name.startswith(f"{folder}/")]

    def read(self, name: str) -> bytes:
        """A member's bytes; raises `KeyError`."""
        with self._open(name) as member:
            return bytes(member.read())

    def lines(self, name: str) -> Iterator[str]:
        """A member's lines, one after another."""
        with self._open(name) as member:
            for line in member:
                yield line.decode()

    def close(self) -> None:
        """Close the file."""
        self._tar.close()
        self._file.close()

    def _open(self, name: str) -> Any:
        source = self._tar.extractfile(self._members[name])
        assert source is not None  # noqa: S101  (only files are listed)
        return source
