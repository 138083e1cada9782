"""Path tricks: what a service receives is what the policy has judged and allowed, in both fronts."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest

from common.bus import InProcessBus
from common.http.middleware import RequestContext
from common.testing.tokens import Tokens
from gateway.bootstrap import embedded
from gateway.policy import Allowed, Policy, Refused
from gateway.routes import ROUTES, canonical, find
from gateway.settings import Settings
from gateway.testing import Echo, parsed, raw, running_edge, serving

OPEN, GUARDED, ADMINS = "/api/works/gallery", "/api/works/my", "/api/works/moderation"

TRICKS = [
    path.format(open=opened, shut=shut.removeprefix("/api/"), last=shut.rpartition("/")[2])
    for opened in (OPEN, "/health/live", "/media/public/a.png", "/api/users/login")
    for shut in (GUARDED, ADMINS)
    for path in (
        "/api/{shut}",
        "/api/v1/{shut}",
        "/api/v1/v1/{shut}",
        "/api//{shut}",
        "//api/{shut}",
        "/api/./{shut}",
        "/api/v1/../{shut}",
        "{open}/../{last}",
        "{open}/../../{shut}",
        "{open}/../../../api/{shut}",
        "{open}/%2e%2e/{last}",
        "{open}/%2E%2E%2F{last}",
        "{open}%2f..%2f{last}",
        "{open}/..%2f{last}",
        "{open}/..;/{last}",
        "{open};/../{last}",
        "{open}/.%00./{last}",
        "{open}%00/../{last}",
        "{open}/..%5c{last}",
        "{open}\\..\\{last}",
        "{open}/%252e%252e/{last}",
        "{open}%3f/../{last}",
        "{open}%23/../{last}",
        "{open}?/../{last}",
        "{open}#/../{last}",
        "/API/{shut}",
        "/api/{shut}/",
        "/api/{shut}//",
        "/api/{shut}/.",
        "/api/{shut}%2f",
        "/api/{shut};x=1",
        "/api/{shut}%20",
        "/api/{shut}%00",
        "/api/{shut}.json",
        "/api%2f{shut}",
        "/api%2Fv1%2F{shut}",
        "/%61pi/{shut}",
        "/api/%76%31/{shut}",
        "/api/v1%2f{shut}",
        "/api/v1//{shut}",
        "/api/V1/{shut}",
        "/api/{shut}?a=/api/works/gallery",
        "/api/%ef%bc%8f{shut}",
        "/api/%c0%af{shut}",
        "http://elsewhere/api/{shut}",
    )
]


@dataclass
class Judged:
    """What the policy was asked, and what it said."""

    decisions: list[tuple[str, Allowed | Refused]] = field(default_factory=list)


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> Judged:
    """Listens to the policy; it decides as ever."""
    seen, decide = Judged(), Policy.decide

    async def overheard(policy: Policy, method: str, path: str, *rest: str) -> Allowed | Refused:
        decision = await decide(policy, method, path, *rest)
        seen.decisions.append((path, decision))
        return decision

    monkeypatch.setattr(Policy, "decide", overheard)
    return seen


@dataclass
class Front:
    """One of the two, seen from outside."""

    url: str
    echo: Echo
    tokens: Tokens


@pytest.fixture(params=["traefik", "middleware"])
async def front(request: pytest.FixtureRequest, settings: Settings, tmp_path: Path) -> AsyncIterator[Front]:
    unlimited = settings.model_copy(update={"rate_limit_enabled": False})
    if request.param == "traefik":
        async with running_edge(unlimited, tmp_path) as edge:
            yield Front(edge.traefik.url, edge.echo, edge.tokens)
        return
    tokens, echo = Tokens(), Echo()
    service, app = embedded(RequestContext(echo, "echo"), unlimited, bus=InProcessBus(), verifier=tokens.verifier())
    await service.start()
    async with serving(app) as url:
        yield Front(url, echo, tokens)
    await service.stop()


async def ask(front: Front, path: str, token: str = "") -> tuple[int, bytes]:
    bearer = f"Authorization: Bearer {token}\r\n" if token else ""
    answer = await raw(front.url, f"GET {path} HTTP/1.1\r\nHost: edge\r\n{bearer}Connection: close\r\n\r\n".encode())
    status, _, body = parsed(answer)
    return status, body


@pytest.mark.parametrize("who", ["nobody", "user"])
async def test_no_path_reaches_a_service_but_as_the_policy_has_allowed_it(
    front: Front, judged: Judged, who: str
) -> None:
    token = front.tokens.issue(7) if who == "user" else ""
    for path in TRICKS:
        judged.decisions.clear()
        front.echo.received.clear()
        status, _ = await ask(front, path, token)
        if not front.echo.received:
            assert status >= 400 or path.startswith("/health/live"), path  # which the gateway answers itself
            continue
        (received,) = front.echo.received
        (asked, decision) = judged.decisions[-1]
        assert isinstance(decision, Allowed), path
        assert received == canonical(asked), path
        route = find("GET", received)
        assert route == decision.route, path


async def test_a_stranger_reaches_nothing_that_needs_a_token(front: Front) -> None:
    for path in TRICKS:
        front.echo.received.clear()
        await ask(front, path)
        for received in front.echo.received:
            assert received not in (GUARDED, ADMINS), path
            assert not received.startswith("/api/") or received.startswith((OPEN, "/api/users/login")), path


async def test_version_one_is_the_same_as_no_version_on_every_route(front: Front, judged: Judged) -> None:
    admin = front.tokens.issue(1, "root", "admin")
    for pattern in sorted({route.pattern for route in ROUTES if route.pattern.startswith("/api/")}):
        path = pattern.replace("{id}", "7").replace("/**", "")
        received = []
        for asked in (path, path.replace("/api/", "/api/v1/", 1)):
            front.echo.received.clear()
            status, body = await ask(front, asked, admin)
            received.append((status, list(front.echo.received) or body[:1]))
        assert received[0] == received[1], path
        assert received[0][0] in (200, 404), path  # 404: the gateway's own, which has no root


def test_the_tricks_are_tricks() -> None:
    assert len(set(TRICKS)) > 150
    assert sum(unquote(path) != path for path in TRICKS) > 50
