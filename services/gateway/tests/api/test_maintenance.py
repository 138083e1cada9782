"""The maintenance switch: moved by an administrator, known to every replica, kept in the log."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from common.bus import InProcessBus
from common.http.middleware import RequestContext
from common.service import Service
from common.testing.eventually import eventually
from common.testing.rebuilding import rebuilt
from common.testing.tokens import Tokens
from gateway.bootstrap import build, embedded
from gateway.settings import Settings
from gateway.testing import Echo

SWITCH = "/api/admin/maintenance"
ON = {"enabled": True, "message": "升级中", "retry_after": 90}


@asynccontextmanager
async def replica(settings: Settings, tokens: Tokens) -> AsyncIterator[httpx.AsyncClient]:
    """One gateway of several: its own app, asked as by Traefik."""
    service = build(settings, bus=InProcessBus(), verifier=tokens.verifier())
    await service.start()
    transport = httpx.ASGITransport(service.app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client
    await service.stop()


async def judged(client: httpx.AsyncClient, bearer: dict[str, str]) -> tuple[int, str]:
    """What `/auth` says about a request for the gallery: status, and code where it is refused."""
    asked = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/api/works/gallery", **bearer}
    answer = await client.get("/auth", headers=asked)
    return answer.status_code, answer.json()["code"] if answer.content else ""


async def test_every_replica_closes_and_opens_within_a_second_and_a_restart_forgets_nothing(
    settings: Settings, tokens: Tokens
) -> None:
    admin, user = tokens.bearer(1, "root", "admin"), tokens.bearer(2)
    async with replica(settings, tokens) as first, replica(settings, tokens) as second:
        assert (await second.get(SWITCH, headers=admin)).json()["data"]["enabled"] is False
        said = (await first.put(SWITCH, headers=admin, json=ON)).json()
        assert said["data"].items() >= {**ON, "updated_by": 1}.items()
        assert await judged(first, user) == (503, "MAINTENANCE")
        await eventually(lambda: judged(second, user), lambda seen: seen == (503, "MAINTENANCE"), within=1.0)
        assert await judged(second, admin) == (200, "")
        assert (await second.get(SWITCH, headers=admin)).json()["data"] == said["data"]

    async with replica(settings, tokens) as restarted:
        assert await judged(restarted, user) == (503, "MAINTENANCE")
        assert (await restarted.put(SWITCH, headers=admin, json={"enabled": False})).json()["data"]["enabled"] is False
        assert await judged(restarted, user) == (200, "")


async def test_the_log_tells_who_moved_it_and_what_changes_nothing_is_not_told(
    settings: Settings, tokens: Tokens
) -> None:
    service = build(settings, bus=InProcessBus(), verifier=tokens.verifier())
    await service.start()
    async with asking(service) as client:
        for admin, body in ((1, ON), (2, ON), (2, {"enabled": False}), (3, {"enabled": False})):
            assert (await client.put(SWITCH, headers=tokens.bearer(admin, "root", "admin"), json=body)).is_success
    assert service.messaging is not None
    store = service.messaging.relay._store
    told = [(r.stream, r.number, r.event.name, r.actor) async for r in store.log()]
    assert told == [("maintenance-1", 1, "MaintenanceStarted", 1), ("maintenance-1", 2, "MaintenanceEnded", 2)]
    assert await rebuilt(store, emptied=True) == await rebuilt(store, emptied=False)

    async def all_marked() -> int:
        return len(await store.unpublished(10))

    await eventually(all_marked, lambda left: left == 0)
    await service.stop()


@asynccontextmanager
async def asking(service: Service) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(service.app, client=("127.0.0.1", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://gateway") as client:
        yield client


BAD: list[Any] = [
    {},
    {"enabled": "yes"},
    {"enabled": 1},
    {"enabled": None},
    {"enabled": True, "message": ""},
    {"enabled": True, "message": "字" * 201},
    {"enabled": True, "message": "a\x00b"},
    {"enabled": True, "retry_after": 0},
    {"enabled": True, "retry_after": 86_401},
    {"enabled": True, "retry_after": "600"},
    {"enabled": True, "retry_after": 1.5},
]


@pytest.mark.parametrize("body", BAD)
async def test_a_wrong_body_is_refused_and_moves_nothing(settings: Settings, tokens: Tokens, body: Any) -> None:
    async with replica(settings, tokens) as client:
        admin = tokens.bearer(1, "root", "admin")
        answer = await client.put(SWITCH, headers=admin, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
        assert (await client.get(SWITCH, headers=admin)).json()["data"]["updated_at"] is None


async def test_around_the_edge_only_an_administrator_may_read_or_move_it(settings: Settings, tokens: Tokens) -> None:
    async with replica(settings, tokens) as client:
        for bearer, status in (({}, 401), (tokens.bearer(2), 403)):
            for answer in (await client.get(SWITCH, headers=bearer), await client.put(SWITCH, headers=bearer, json=ON)):
                assert answer.status_code == status
                assert ("WWW-Authenticate" in answer.headers) == (status == 401)
        assert await judged(client, {}) == (200, "")


async def test_in_one_process_it_is_the_same(settings: Settings, tokens: Tokens) -> None:
    gateway: list[Service] = []

    async def dispatch(scope: Any, receive: Any, send: Any) -> None:
        app = gateway[0].app if scope["path"].startswith("/api/admin") else RequestContext(Echo(), "echo")
        await app(scope, receive, send)

    service, app = embedded(dispatch, settings, bus=InProcessBus(), verifier=tokens.verifier())
    gateway.append(service)
    await service.start()
    admin, user = tokens.bearer(1, "root", "admin"), tokens.bearer(2)
    transport = httpx.ASGITransport(app, client=("198.51.100.7", 40000))
    async with httpx.AsyncClient(transport=transport, base_url="http://edge") as client:
        assert (await client.put(SWITCH, headers=user, json=ON)).status_code == 403
        assert (await client.put("/api/v1/admin/maintenance", headers=admin, json=ON)).status_code == 200
        refused = await client.get("/api/works/gallery", headers=user)
        assert (refused.status_code, refused.json()) == (
            503,
            {"success": False, "error": "升级中", "code": "MAINTENANCE"},
        )
        assert refused.headers["Retry-After"] == "90"
        for open_still in ("/api/users/login", "/media/public/a.png", "/health/live"):
            method = "POST" if "login" in open_still else "GET"
            assert (await client.request(method, open_still)).status_code == 200
        assert (await client.get("/api/works/gallery", headers=admin)).status_code == 200
    await service.stop()
