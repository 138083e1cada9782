"""Where pictures are kept: one interface; here the folder of the embedded mode, in `common.s3` the S3 protocol."""

import asyncio
import hashlib
import hmac
import os
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from common.errors import NotAllowed, NotFound, Unavailable

ORIGINALS = "originals"  # private: reachable by a signed address that expires
PUBLIC = "public"  # world-readable under addresses that never change
BUCKETS = (ORIGINALS, PUBLIC)

_KEY = re.compile(r"(?:[A-Za-z0-9_-]{1,128}/){0,7}[A-Za-z0-9_-]{1,128}\.(?:png|jpg|webp)")  # fits any file system
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}


@dataclass(frozen=True)
class StoredObject:
    """One object as a listing shows it; `size` in bytes, `modified` in UTC."""

    key: str
    size: int
    modified: datetime


class ObjectStore(Protocol):
    """Immutable objects by bucket and key; both implementations pass `common.testing.object_suite`.

    Keys are paths of letters, digits, `_` and `-` that end in .png, .jpg or .webp; the ending is the content type.
    Every call raises `Unavailable` when the store does not answer.
    """

    async def put(self, bucket: str, key: str, data: bytes) -> None:
        """Store; on return it is on disk. Putting the same key again replaces the object as a whole."""

    async def get(self, bucket: str, key: str) -> bytes:
        """The bytes; raises `NotFound`."""

    async def delete(self, bucket: str, key: str) -> None:
        """Remove; nothing happens when it is not there."""

    def list(self, bucket: str) -> AsyncIterator[StoredObject]:
        """Every object of a bucket, in no particular order."""

    def address(self, bucket: str, key: str, *, life: timedelta | None = None) -> str:
        """An absolute address that a browser can load without a token.

        Objects of `PUBLIC` have one for ever; others need `life`, after which the address is refused.
        """

    async def ping(self) -> None:
        """Raises `Unavailable` unless the store answers."""


def content_type(key: str) -> str:
    """The media type of a key; raises `ValueError` for a key that no object may have."""
    if not _KEY.fullmatch(key):
        raise ValueError(f"not an object key: {key!r}")
    return CONTENT_TYPES[key.rpartition(".")[2]]


class FolderStore:
    """Objects as files, for one machine. `secret` signs addresses, which `common.media` serves under `/media`."""

    def __init__(self, folder: Path, public_url: str, secret: bytes) -> None:
        self._folder = folder
        self._public_url = public_url.rstrip("/")
        self._secret = secret
        for bucket in BUCKETS:
            (folder / bucket).mkdir(parents=True, exist_ok=True)

    async def put(self, bucket: str, key: str, data: bytes) -> None:
        """See `ObjectStore.put`."""
        try:
            await asyncio.to_thread(_write, self.path(bucket, key), data)
        except OSError as error:
            raise Unavailable("图片存储暂时不可用") from error

    async def get(self, bucket: str, key: str) -> bytes:
        """See `ObjectStore.get`."""
        try:
            return await asyncio.to_thread(self.path(bucket, key).read_bytes)
        except FileNotFoundError as error:
            raise NotFound from error
        except OSError as error:
            raise Unavailable("图片存储暂时不可用") from error

    async def delete(self, bucket: str, key: str) -> None:
        """See `ObjectStore.delete`."""
        try:
            await asyncio.to_thread(self.path(bucket, key).unlink, missing_ok=True)
        except OSError as error:
            raise Unavailable("图片存储暂时不可用") from error

    async def list(self, bucket: str) -> AsyncIterator[StoredObject]:
        """See `ObjectStore.list`."""
        root = self._folder / bucket
        for path in await asyncio.to_thread(lambda: [p for p in root.rglob("*.*") if p.suffix != ".part"]):
            with suppress(FileNotFoundError):  # removed while being listed
                status = await asyncio.to_thread(path.stat)
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                yield StoredObject(path.relative_to(root).as_posix(), status.st_size, modified)

    def address(self, bucket: str, key: str, *, life: timedelta | None = None) -> str:
        """See `ObjectStore.address`."""
        content_type(key)
        address = f"{self._public_url}/media/{bucket}/{key}"
        if bucket == PUBLIC:
            return address
        if life is None:
            raise ValueError("a private object's address needs an end")
        expires = int(time.time() + life.total_seconds())
        return f"{address}?{urlencode({'expires': expires, 'signature': self._sign(bucket, key, expires)})}"

    async def ping(self) -> None:
        """See `ObjectStore.ping`."""
        if not os.access(self._folder, os.W_OK):
            raise Unavailable("图片存储不可写")

    def path(self, bucket: str, key: str) -> Path:
        """The file of an object; raises `NotFound` for a bucket or key that cannot be."""
        if bucket not in BUCKETS or not _KEY.fullmatch(key):
            raise NotFound
        return self._folder / bucket / key

    def check(self, bucket: str, key: str, expires: str, signature: str) -> None:
        """Raises `NotAllowed` unless the address is public, or signed here and not expired."""
        if bucket == PUBLIC:
            return
        fits = hmac.compare_digest(self._sign(bucket, key, expires).encode(), signature.encode())
        if not fits or int(expires) < time.time():
            raise NotAllowed("链接无效或已过期")

    def parts(self) -> Sequence[StoredObject]:
        """Files that are being written, or were when their writer was killed; the key is the path in the folder."""
        found = []
        for path in self._folder.rglob("*.part"):
            with suppress(FileNotFoundError):  # written to its end meanwhile
                status = path.stat()
                modified = datetime.fromtimestamp(status.st_mtime, UTC)
                found.append(StoredObject(path.relative_to(self._folder).as_posix(), status.st_size, modified))
        return found

    def remove_part(self, key: str) -> None:
        """Remove one of `parts`; nothing happens when it is not there."""
        (self._folder / key).unlink(missing_ok=True)

    def _sign(self, bucket: str, key: str, expires: int | str) -> str:
        text = f"{bucket}/{key}\n{expires}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()


def _write(path: Path, data: bytes) -> None:
    """Write beside, flush to disk, then rename: a reader sees the whole object or none."""
    _make_folder(path.parent)
    part = path.with_name(f"{path.name}.{os.getpid()}-{time.monotonic_ns()}.part")
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    _flush(path.parent)


def _make_folder(folder: Path) -> None:
    """Create it and its parents; each new name is flushed to disk, else a power cut takes all that is below it."""
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _flush(folder.parent)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
