"""Which pages may call the API: the same answer from both fronts, on every route."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import httpx
import pytest

from common.bus import InProcessBus
from common.http.middleware import RequestContext
from common.testing.tokens import Tokens
from gateway import headers
from gateway.bootstrap import embedded
from gateway.routes import ROUTES
from gateway.settings import Settings
from gateway.testing import Echo, running_edge, serving

OURS = ("https://app.example", "http://localhost:3000")
FOREIGN = (
    "https://evil.example",
    "https://app.example.evil.example",
    "http://app.example",
    "https://app.example:8443",
    "null",
)
PATHS = sorted({route.pattern.replace("{id}", "7").replace("/**", "/x") for route in ROUTES} | {"/api/nothing", "/"})


@pytest.fixture(params=["traefik", "middleware"])
async def browser(
    request: pytest.FixtureRequest, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[httpx.AsyncClient]:
    """In front of an edge whose operator has set `CORS_ORIGINS`."""
    origins = ", ".join(OURS)
    monkeypatch.setenv("CORS_ORIGINS", origins)
    async with AsyncExitStack() as stack:
        if request.param == "traefik":
            running = await stack.enter_async_context(running_edge(settings, tmp_path, absent=["stats"]))
            url = running.traefik.url
        else:
            configured = settings.model_copy(update={"cors_origins": origins})
            app = RequestContext(Echo(), "echo")
            service, guarded = embedded(app, configured, bus=InProcessBus(), verifier=Tokens().verifier())
            await service.start()
            stack.push_async_callback(service.stop)
            url = await stack.enter_async_context(serving(guarded))
        yield await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))


def preflight(origin: str, method: str) -> dict[str, str]:
    asked = ", ".join(headers.CORS_REQUEST_HEADERS)
    return {
        "Origin": origin,
        "Access-Control-Request-Method": method,
        "Access-Control-Request-Headers": asked.lower(),
    }


async def test_a_preflight_of_our_pages_is_answered_on_every_route(browser: httpx.AsyncClient) -> None:
    for path in PATHS:
        for origin in OURS:
            answer = await browser.options(path, headers=preflight(origin, "PUT"))
            said = answer.headers
            assert answer.status_code == 200, path
            assert said["Access-Control-Allow-Origin"] == origin, path
            assert {"PUT", "DELETE", "PATCH"} <= set(said["Access-Control-Allow-Methods"].replace(" ", "").split(","))
            allowed = {name.strip().lower() for name in said["Access-Control-Allow-Headers"].split(",")}
            assert allowed >= {name.lower() for name in headers.CORS_REQUEST_HEADERS}, path
            assert said["Access-Control-Max-Age"] == str(headers.CORS_MAX_AGE)
            assert "Access-Control-Allow-Credentials" not in said


async def test_a_foreign_page_is_told_nothing(browser: httpx.AsyncClient) -> None:
    for origin in FOREIGN:
        for answer in (
            await browser.options("/api/users/profile", headers=preflight(origin, "PUT")),
            await browser.get("/api/works/gallery", headers={"Origin": origin}),
            await browser.get("/api/users/profile", headers={"Origin": origin}),
        ):
            assert "Access-Control-Allow-Origin" not in answer.headers, origin
            assert "Access-Control-Allow-Credentials" not in answer.headers
            assert answer.request.method == "OPTIONS" or "origin" in answer.headers["Vary"].lower()


async def test_our_pages_may_read_answers_refusals_and_their_headers(browser: httpx.AsyncClient) -> None:
    exposed = {name.lower() for name in headers.CORS_ANSWER_HEADERS}
    assert exposed >= {"x-correlation-id", "x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset"}
    for path, status in (("/api/works/gallery", 200), ("/api/users/profile", 401), ("/api/nothing", 404)):
        answer = await browser.get(path, headers={"Origin": OURS[0]})
        assert answer.status_code == status
        said = {name.strip().lower() for name in answer.headers["Access-Control-Expose-Headers"].split(",")}
        assert said >= exposed, path
        assert answer.headers["Access-Control-Allow-Origin"] == OURS[0]
        assert answer.headers["X-Correlation-ID"], path
        assert "Access-Control-Allow-Credentials" not in answer.headers
