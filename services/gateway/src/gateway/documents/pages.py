"""Routes: the documents, and Swagger UI to read them. Everything is served from here, nothing from elsewhere."""

from functools import cache
from importlib.resources import files

import orjson
from fastapi import APIRouter, Request, Response

from common import asyncapi
from common.errors import NotFound
from gateway.documents.sources import Documents

JSON = "application/json"
CACHED = {"Cache-Control": "public, max-age=60"}
CACHED_FOR_A_DAY = {"Cache-Control": "public, max-age=86400"}
OWN_ONLY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)

ASSETS = {
    "swagger-ui-bundle.js": ("fastapi_swagger.resources", "text/javascript"),
    "swagger-ui.css": ("fastapi_swagger.resources", "text/css"),
    "favicon-32x32.png": ("fastapi_swagger.resources", "image/png"),
    "start.js": ("gateway.documents", "text/javascript"),
    "index.html": ("gateway.documents", "text/html"),
}


def routes(documents: Documents) -> APIRouter:
    """The document routes; they need no token."""
    router = APIRouter(include_in_schema=False)

    @router.api_route("/api/openapi.json", methods=["GET", "HEAD"])
    async def openapi(request: Request) -> Response:
        text = await documents.openapi(request.app.openapi())
        return Response(text, media_type=JSON, headers=CACHED)

    @router.api_route("/api/asyncapi.json", methods=["GET", "HEAD"])
    async def messages() -> Response:
        return Response(orjson.dumps(asyncapi.document()), media_type=JSON, headers=CACHED)

    @router.api_route("/api/docs", methods=["GET", "HEAD"])
    async def page() -> Response:
        headers = {**CACHED, "Content-Security-Policy": OWN_ONLY}
        return Response(_asset("index.html"), media_type="text/html", headers=headers)

    @router.api_route("/api/docs/{name}", methods=["GET", "HEAD"])
    async def asset(name: str) -> Response:
        if name not in ASSETS:
            raise NotFound
        return Response(_asset(name), media_type=ASSETS[name][1], headers=CACHED_FOR_A_DAY)

    return router


@cache
def _asset(name: str) -> bytes:
    package = files(ASSETS[name][0])
    return (package / "page" / name if ASSETS[name][0] == "gateway.documents" else package / name).read_bytes()
