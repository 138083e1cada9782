"""One call gives every service the same app."""

from collections.abc import Collection, Mapping, MutableMapping, Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI
from fastapi.routing import APIRoute

from common.http import errors
from common.http.error_pages import error_pages
from common.http.health import Check, asked_by_operators, health_routes
from common.http.keys import plain_query
from common.http.middleware import RequestContext
from common.http.openapi import DescribedApp
from common.http.overload import Bounded
from common.security import TokenVerifier


def create_app(
    service: str,
    title: str,
    routers: Sequence[APIRouter],
    checks: Mapping[str, Check],
    verifier: TokenVerifier | None = None,
    *,
    untraced: Collection[str] = (),
) -> FastAPI:
    """The service's app: its routes, health, metrics, errors in the envelope, correlation ids, token verification.

    Where tracing is on (`common.telemetry`), requests are traced but for `untraced` paths and the operators' own.
    """

    def operation_id(route: APIRoute) -> str:
        return f"{service}_{route.name}"

    def passed_over(scope: MutableMapping[str, Any]) -> bool:
        path: str = scope["path"]
        return path in untraced or asked_by_operators(path)

    app = DescribedApp(
        title=title,
        version="1.2.0",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=operation_id,
        dependencies=[Depends(plain_query)],
        telemetry={"metrics": False, "logs": False, "operation_spans": False, "exclude": passed_over},
    )
    for router in routers:
        app.include_router(router)
    app.include_router(health_routes(checks))
    app.router.routes.append(error_pages())
    app.state.verifier = verifier
    errors.install(app)
    app.add_middleware(Bounded, service=service)
    app.add_middleware(RequestContext, service=service)
    return app
