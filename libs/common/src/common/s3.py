"""The object store over the S3 protocol (MinIO and its like)."""

import asyncio
import io
import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import MinioException, S3Error
from urllib3.exceptions import HTTPError

from common.batches import off_the_loop
from common.errors import NotFound, Unavailable
from common.objects import BUCKETS, ORIGINALS, PAGE, PUBLIC, StoredObject, content_type
from common.settings import MediaSettings

Result = TypeVar("Result")

REGION = "us-east-1"
CONNECTIONS = 16
MISSING = ("NoSuchKey", "NoSuchObject")


class S3Store:
    """See `common.objects.ObjectStore`. The client blocks, so every call runs in a thread.

    The threads are its own: a server that hangs must not hold up name resolution or password hashing.

    Addresses are signed for the browser's host (`public_url`) and bear the prefix `/media`, which the edge strips.
    """

    def __init__(self, endpoint: str, access_key: str, secret_key: str, public_url: str) -> None:
        server, browser = urlsplit(endpoint), urlsplit(public_url)
        http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=3, read=15),
            retries=urllib3.Retry(total=2, backoff_factor=0.1),
            maxsize=CONNECTIONS,
        )
        self._client = Minio(
            endpoint=server.netloc,
            access_key=access_key,
            secret_key=secret_key,
            secure=server.scheme == "https",
            region=REGION,
            http_client=http,
        )
        self._signer = Minio(
            endpoint=browser.netloc,
            access_key=access_key,
            secret_key=secret_key,
            secure=browser.scheme == "https",
            region=REGION,
        )
        self._public_url = public_url.rstrip("/")
        self._threads = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="s3")

    @classmethod
    def of(cls, settings: MediaSettings) -> Self:
        """The store that a service's settings name."""
        return cls(
            settings.s3_endpoint,
            settings.s3_access_key.get_secret_value(),
            settings.s3_secret_key.get_secret_value(),
            settings.public_url,
        )

    async def prepare(self) -> None:
        """Create the buckets, close that of the originals, let anybody read the public one; safe to repeat."""
        for bucket in BUCKETS:
            await self._call(self._make_bucket, bucket)
        await self._call(self._close_bucket, ORIGINALS)
        await self._call(self._client.set_bucket_policy, PUBLIC, json.dumps(_ANYBODY_READS))

    async def put(self, bucket: str, key: str, data: bytes) -> None:
        """See `ObjectStore.put`."""
        kind = content_type(key)
        metadata: dict[str, Any] = {}
        if bucket == PUBLIC:
            metadata["Cache-Control"] = "public, max-age=31536000, immutable"
        await self._call(
            self._client.put_object,
            bucket,
            key,
            io.BytesIO(data),
            len(data),
            content_type=kind,
            metadata=metadata,
        )

    async def get(self, bucket: str, key: str) -> bytes:
        """See `ObjectStore.get`."""
        content_type(key)
        return await self._call(self._read, bucket, key)

    async def delete(self, bucket: str, key: str) -> None:
        """See `ObjectStore.delete`."""
        await self._call(self._client.remove_object, bucket, key)

    async def has(self, bucket: str, key: str) -> bool:
        """See `ObjectStore.has`."""
        try:
            content_type(key)
            await self._call(self._client.stat_object, bucket, key)
        except (NotFound, ValueError):
            return False
        return True

    async def list(self, bucket: str, prefix: str = "") -> AsyncIterator[StoredObject]:
        """See `ObjectStore.list`."""
        found = self._client.list_objects(bucket, prefix=prefix, recursive=True)  # asks for a page when it needs one
        async for item in off_the_loop(found, PAGE, self._call):
            yield StoredObject(str(item.object_name), int(item.size or 0), item.last_modified)

    def address(self, bucket: str, key: str, *, life: timedelta | None = None) -> str:
        """See `ObjectStore.address`."""
        content_type(key)
        if bucket == PUBLIC:
            return f"{self._public_url}/media/{bucket}/{key}"
        if life is None:
            raise ValueError("a private object's address needs an end")
        signed = urlsplit(self._signer.presigned_get_object(bucket, key, expires=life))
        return f"{self._public_url}/media{signed.path}?{signed.query}"

    async def ping(self) -> None:
        """See `ObjectStore.ping`."""
        await self._call(self._client.bucket_exists, PUBLIC)

    def _make_bucket(self, bucket: str) -> None:
        try:
            if not self._client.bucket_exists(bucket):
                self._client.make_bucket(bucket)
        except S3Error as error:
            if error.code not in ("BucketAlreadyOwnedByYou", "BucketAlreadyExists"):
                raise

    def _close_bucket(self, bucket: str) -> None:
        try:
            self._client.delete_bucket_policy(bucket)
        except S3Error as error:
            if error.code != "NoSuchBucketPolicy":
                raise

    def _read(self, bucket: str, key: str) -> bytes:
        response = self._client.get_object(bucket, key)
        try:
            return bytes(response.read())
        finally:
            response.close()
            response.release_conn()

    async def _call(self, function: Callable[..., Result], *args: Any, **kwargs: Any) -> Result:
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._threads, partial(function, *args, **kwargs))
        except S3Error as error:
            if error.code in MISSING:
                raise NotFound from error
            raise Unavailable("图片存储暂时不可用") from error
        except (MinioException, HTTPError, OSError) as error:
            raise Unavailable("图片存储暂时不可用") from error


_ANYBODY_READS = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"AWS": ["*"]},
            "Action": ["s3:GetObject"],
            "Resource": [f"arn:aws:s3:::{PUBLIC}/*"],
        }
    ],
}
