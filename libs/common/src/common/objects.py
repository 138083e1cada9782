"""Where pictures are kept: one interface; here the folder of the embedded mode, in `common.s3` the S3 protocol."""

import asyncio
import hashlib
import hmac
import os
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol
from urllib.parse import urlencode

from common.batches import off_the_loop
from common.errors import NotAllowed, NotFound, Unavailable

ORIGINALS = "originals"  # private: reachable by a signed address that expires
PUBLIC = "public"  # world-readable under addresses that never change
BUCKETS = (ORIGINALS, PUBLIC)
PAGE = 1000  # objects of a listing that are held at a time; S3 servers give no more at once

PART = ".part"  # ends the name of a file that is being written
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

    async def has(self, bucket: str, key: str) -> bool:
        """Whether it is there; no key that cannot be is."""

    def list(self, bucket: str, prefix: str = "") -> AsyncIterator[StoredObject]:
        """The objects of a bucket whose keys begin with `prefix`, in no particular order, read as they are taken.

        What is put or deleted meanwhile may be listed or not; deleting what was listed is safe.
        """

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

    async def has(self, bucket: str, key: str) -> bool:
        """See `ObjectStore.has`."""
        try:
            return await asyncio.to_thread(self.path(bucket, key).is_file)
        except NotFound:
            return False
        except OSError as error:
            raise Unavailable("图片存储暂时不可用") from error

    async def list(self, bucket: str, prefix: str = "") -> AsyncIterator[StoredObject]:
        """See `ObjectStore.list`."""
        async for found in self._files(bucket, prefix.rpartition("/")[0]):
            if found.key.startswith(prefix) and not found.key.endswith(PART):
                yield found

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

    async def parts(self) -> AsyncIterator[StoredObject]:
        """Files that are being written, or were when their writer was killed; the key is the path in the folder."""
        async for found in self._files("", ""):
            if found.key.endswith(PART):
                yield found

    def remove_part(self, key: str) -> None:
        """Remove one of `parts`; nothing happens when it is not there."""
        (self._folder / key).unlink(missing_ok=True)

    async def _files(self, bucket: str, inner: str) -> AsyncIterator[StoredObject]:
        try:
            async for found in off_the_loop(_walk(self._folder / bucket, inner), PAGE):
                yield found
        except OSError as error:
            raise Unavailable("图片存储暂时不可用") from error

    def _sign(self, bucket: str, key: str, expires: int | str) -> str:
        text = f"{bucket}/{key}\n{expires}".encode()
        return hmac.new(self._secret, text, hashlib.sha256).hexdigest()


def _walk(root: Path, inner: str) -> Iterator[StoredObject]:
    """Every file below `root`/`inner`, as the directories are read: none is held as a whole."""
    with suppress(FileNotFoundError), os.scandir(root / inner) as entries:  # removed while being listed
        for entry in entries:
            key = f"{inner}/{entry.name}" if inner else entry.name
            if entry.is_dir(follow_symlinks=False):
                yield from _walk(root, key)
            elif status := _status(entry):
                yield StoredObject(key, status.st_size, datetime.fromtimestamp(status.st_mtime, UTC))


def _status(entry: os.DirEntry[str]) -> os.stat_result | None:
    with suppress(FileNotFoundError):  # removed while being listed
        return entry.stat()
    return None


def _write(path: Path, data: bytes) -> None:
    """Write beside, flush to disk, then rename: a reader sees the whole object or none."""
    _make_folder(path.parent)
    part = path.with_name(f"{path.name}.{os.getpid()}-{time.monotonic_ns()}{PART}")
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
