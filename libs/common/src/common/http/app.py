"""One call gives every service the same app."""

from collections.abc import Mapping, Sequence

from fastapi import APIRouter, FastAPI

from common.http import errors
from common.http.bodies import ErrorReply
from common.http.health import Check, health_routes
from common.http.middleware import RequestContext
from common.security import TokenVerifier


def create_app(
    service: str,
    title: str,
    routers: Sequence[APIRouter],
    checks: Mapping[str, Check],
    verifier: TokenVerifier | None = None,
) -> FastAPI:
    """The service's app: its routes, health, metrics, errors in the envelope, correlation ids, token verification."""
    app = FastAPI(
        title=title,
        version="1.2.0",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={
            "4XX": {"model": ErrorReply, "description": "请求有误"},
            "5XX": {"model": ErrorReply, "description": "服务端错误"},
        },
    )
    for router in routers:
        app.include_router(router)
    app.include_router(health_routes(checks))
    app.state.verifier = verifier
    errors.install(app)
    app.add_middleware(RequestContext, service=service)
    return app
