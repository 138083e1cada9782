"""The embedded mode's `/media`: serves a `FolderStore` to browsers, as MinIO does elsewhere."""

from fastapi import APIRouter
from fastapi.responses import FileResponse

from common.errors import NotFound
from common.objects import PUBLIC, FolderStore, content_type

FOR_EVER = "public, max-age=31536000, immutable"
NOT_SHARED = "private, max-age=600"


def media_routes(store: FolderStore) -> APIRouter:
    """`GET` and `HEAD /media/{bucket}/{key}`: public objects for ever, others by their signature until it expires."""
    router = APIRouter()

    @router.api_route("/media/{bucket}/{key:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def media(bucket: str, key: str, expires: str = "", signature: str = "") -> FileResponse:
        path = store.path(bucket, key)
        store.check(bucket, key, expires, signature)
        if not path.is_file():
            raise NotFound
        caching = FOR_EVER if bucket == PUBLIC else NOT_SHARED
        headers = {"Cache-Control": caching, "X-Content-Type-Options": "nosniff"}
        return FileResponse(path, media_type=content_type(key), headers=headers)

    return router
