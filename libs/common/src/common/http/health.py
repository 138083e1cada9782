"""`/health/live`, `/health/ready` and `/metrics`."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from common.errors import AppError

Check = Callable[[], Awaitable[None]]

PATIENCE_SECONDS = 3
OPERATORS = frozenset(("/health/live", "/health/ready", "/metrics"))  # asked all the time: neither logged nor traced


def asked_by_operators(path: str) -> bool:
    """Whether people do not ask for this path: probes and scrapers do, and the edge for its pages of errors."""
    return path in OPERATORS or path.startswith("/errors/")


def health_routes(checks: Mapping[str, Check]) -> APIRouter:
    """Live: this process answers. Ready: every check passes, and nobody has told the process to stop.

    Metrics that must be looked up are, by the `measures` of the app's state, as far as they come in time.

    A check raises an `AppError` when its neighbour is away.
    """
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def live() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/health/ready")
    async def ready(request: Request) -> JSONResponse:
        if getattr(request.app.state, "draining", False):
            return JSONResponse({"status": "draining", "checks": {}}, 503)
        results = await asyncio.gather(*(_passes(check) for check in checks.values()))
        states = dict(zip(checks, ("ok" if passed else "down" for passed in results), strict=True))
        status = 200 if all(results) else 503
        return JSONResponse({"status": "ok" if status == 200 else "down", "checks": states}, status)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        await asyncio.gather(*(_passes(measure) for measure in getattr(request.app.state, "measures", ())))
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return router


async def _passes(check: Check) -> bool:
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            await check()
    except (AppError, TimeoutError):
        return False
    return True
