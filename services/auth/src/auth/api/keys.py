"""Route: the published key set (RFC 7517), outside the API's envelope."""

from fastapi import APIRouter, Response

from auth.api.deps import Deps
from common.security import KeySet


def routes(deps: Deps) -> APIRouter:
    """`GET /.well-known/jwks.json`."""
    router = APIRouter(tags=["签名密钥"])

    @router.get("/.well-known/jwks.json", summary="签名公钥集")
    async def key_set(response: Response) -> KeySet:
        response.headers["Cache-Control"] = "public, max-age=60"
        return deps.keys.key_set

    return router
