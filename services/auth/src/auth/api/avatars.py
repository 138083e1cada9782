"""Route: upload one's avatar."""

import secrets
from typing import Any

import structlog
from fastapi import APIRouter, Request

from auth import handlers
from auth.api import examples
from auth.api.answers import Avatar
from auth.api.deps import Deps
from auth.api.uploads import uploaded
from auth.commands import ChangeAvatar
from common.errors import Unavailable, UnsupportedMedia
from common.http import Reply, refusals
from common.objects import PUBLIC
from common.security import CurrentUser

log = structlog.get_logger()

MOST_BYTES = 2 * 1024 * 1024

_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["avatar"],
                    "properties": {
                        "avatar": {"type": "string", "format": "binary", "description": "jpg或png，最大2MB"}
                    },
                }
            }
        },
    }
}


def routes(deps: Deps) -> APIRouter:
    """`POST /api/users/avatar`."""
    router = APIRouter(prefix="/api/users", tags=["用户资料"])

    @router.post(
        "/avatar",
        summary="上传头像",
        openapi_extra=_FORM | examples.AVATAR,
        responses=refusals(UnsupportedMedia),
    )
    async def upload_avatar(request: Request, caller: CurrentUser) -> Reply[Avatar]:
        data = await uploaded(request, "avatar", MOST_BYTES, "头像不能超过2MB")
        picture = await deps.avatars.render(data)
        key = f"avatars/{caller.user_id}-{secrets.token_hex(8)}.jpg"
        await deps.objects.put(PUBLIC, key, picture)
        replaced = await handlers.change_avatar(ChangeAvatar(caller.user_id, key), deps.accounts)
        await _forget(replaced)
        return Reply(data=Avatar(avatar_url=deps.objects.address(PUBLIC, key)), message="头像上传成功")

    async def _forget(key: str | None) -> None:
        """Remove a replaced picture; the new one stands even when that fails."""
        try:
            if key is not None:
                await deps.objects.delete(PUBLIC, key)
        except Unavailable as error:
            log.warning("avatar_left_behind", key=key, error=repr(error))

    return router
