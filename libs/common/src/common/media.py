"""The embedded mode's `/media`: serves a `FolderStore` to browsers, as MinIO does elsewhere."""

import hashlib
from typing import Annotated

from fastapi import APIRouter, Header, Response

from common.objects import PUBLIC, FolderStore, content_type

FOR_EVER = "public, max-age=31536000, immutable"
NOT_SHARED = "private, max-age=600"


def media_routes(store: FolderStore) -> APIRouter:
    """`GET` and `HEAD /media/{bucket}/{key}`: public objects for ever, others by their signature until it expires.

    An object is read whole before its answer begins, so that one removed at that moment is there or is 404.
    """
    router = APIRouter()

    @router.api_route("/media/{bucket}/{key:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def media(
        bucket: str, key: str, expires: str = "", signature: str = "", if_none_match: Annotated[str, Header()] = ""
    ) -> Response:
        store.path(bucket, key)
        store.check(bucket, key, expires, signature)
        data = await store.get(bucket, key)
        tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
        headers = {
            "Cache-Control": FOR_EVER if bucket == PUBLIC else NOT_SHARED,
            "ETag": tag,
            "X-Content-Type-Options": "nosniff",
        }
        if tag in if_none_match:
            return Response(status_code=304, headers=headers)
        return Response(data, media_type=content_type(key), headers=headers)

    return router
