"""The edge as a hostile or unlucky client sees it: forged tokens, ended sessions, maintenance, new keys."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from containers import ContainerStage
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from document.cast import EVERY_SERVICE, PASSWORD, log_in, login, person, promote, shut_out
from forging import Forger, signing_key
from people import Person
from stages import DistributedStage, EmbeddedStage

from common.testing.eventually import eventually

Stage = EmbeddedStage | DistributedStage | ContainerStage
ADMINS_ONLY = ("/api/admin/maintenance", "/api/works/moderation")
SPOOFED = {
    "X-User-Id": "1",
    "X-User-Name": "root",
    "X-User-Role": "admin",
    "X-Forwarded-User": "root",
    "X-Auth-Request-User": "root",
    "Remote-User": "root",
    "X-Forwarded-Uri": "/api/works/gallery",
    "X-Forwarded-Method": "GET",
    "X-Original-URL": "/api/works/gallery",
}


@pytest.fixture
def stage(request: pytest.FixtureRequest, stage_name: str) -> Stage:
    if stage_name.startswith("http"):
        pytest.fail("these tests need a stage of their own: run them without BASE_URL")
    started: Stage = request.getfixturevalue(stage_name)
    return started


@pytest.fixture
async def admin(http: httpx.AsyncClient, stage: Stage) -> Person:
    somebody = await person(http, "admin")
    await asyncio.to_thread(promote, stage, somebody.name)
    return await log_in(somebody)


async def code(http: httpx.AsyncClient, path: str, **headers: str) -> tuple[int, str]:
    answer = await http.get(path, headers=headers)
    return answer.status_code, answer.json().get("code", "")


async def test_no_forged_token_opens_any_service(http: httpx.AsyncClient, stage: Stage) -> None:
    alice = await person(http, "alice")
    forger = Forger(alice.token, signing_key(stage))
    for path in EVERY_SERVICE:
        assert await code(http, path, Authorization=f"Bearer {forger.honest()}") == (200, ""), path
    for wrong, token in forger.forgeries().items():
        for path in (*EVERY_SERVICE, *ADMINS_ONLY):
            assert await code(http, path, Authorization=f"Bearer {token}") == (401, "UNAUTHORIZED"), (wrong, path)


async def test_who_somebody_is_stands_in_the_token_alone(http: httpx.AsyncClient, stage: Stage) -> None:
    alice = await person(http, "alice")
    for path in EVERY_SERVICE:
        refused = await http.get(path, headers=SPOOFED)
        assert (refused.status_code, refused.json()["code"]) == (401, "UNAUTHORIZED"), path
        assert refused.headers["WWW-Authenticate"] == "Bearer"
    for path in ADMINS_ONLY:
        assert await code(http, path, Authorization=f"Bearer {alice.token}", **SPOOFED) == (403, "FORBIDDEN"), path
    profile = await http.get("/api/users/profile", headers={"Authorization": f"Bearer {alice.token}", **SPOOFED})
    assert profile.json()["data"]["user"]["id"] == alice.id


async def test_two_authorization_headers_are_none(http: httpx.AsyncClient, stage: Stage) -> None:
    alice, bob = await person(http, "alice"), await person(http, "bob")
    for first, second in ((alice.token, bob.token), ("broken", alice.token), (alice.token, "broken")):
        both = [("Authorization", f"Bearer {first}"), ("Authorization", f"Bearer {second}")]
        for path in EVERY_SERVICE:
            assert (await http.get(path, headers=both)).status_code == 401, path


async def test_maintenance_is_for_all_but_administrators_health_login_and_pictures(
    http: httpx.AsyncClient, stage: Stage, admin: Person
) -> None:
    alice = await person(http, "alice")
    wish = {"enabled": True, "message": "升级中，十分钟后回来", "retry_after": 600}
    try:
        await admin.put("/api/admin/maintenance", wish)
        for path in (*EVERY_SERVICE, "/api/works/gallery", "/api/v1/works/gallery", *ADMINS_ONLY):
            refused = await http.get(path, headers={"Authorization": f"Bearer {alice.token}"})
            assert (refused.status_code, refused.json()["code"]) == (503, "MAINTENANCE"), path
            assert (refused.headers["Retry-After"], refused.json()["error"]) == ("600", wish["message"])
            await admin.get(path)
        assert (await http.get("/health/ready")).status_code == 200
        assert (await alice.load("/media/public/works/none.png")).status_code in (403, 404)
        again = await log_in(admin)
        assert (await again.get("/api/admin/maintenance"))["updated_by"] == admin.id
    finally:
        await admin.put("/api/admin/maintenance", {"enabled": False})
    await alice.get("/api/works/my")


# From here on: separate services, two replicas of the gateway.


@pytest.fixture
async def replicas(distributed: DistributedStage) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Both gateways, asked directly as Traefik asks them; Traefik balances over both."""
    if "gateway#2" not in distributed.ports:
        await asyncio.to_thread(distributed.start_service, "gateway#2")
        distributed.write_edge()
    urls = [f"http://127.0.0.1:{distributed.ports[name]}" for name in ("gateway", "gateway#2")]
    clients = [httpx.AsyncClient(base_url=url, timeout=10) for url in urls]
    yield clients
    for client in clients:
        await client.aclose()


@pytest.fixture
async def browser(distributed: DistributedStage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=distributed.url, timeout=30) as client:
        yield client


async def said(replica: httpx.AsyncClient, token: str) -> int:
    """What one gateway answers about a request with this token."""
    asked = {"X-Forwarded-Method": "GET", "X-Forwarded-Uri": "/api/works/my", "Authorization": f"Bearer {token}"}
    return (await replica.get("/auth", headers=asked)).status_code


async def log_out(somebody: Person, _admin: Person) -> None:
    await somebody.post("/api/users/logout")


async def change_password(somebody: Person, _admin: Person) -> None:
    await somebody.put("/api/users/password", {"currentPassword": PASSWORD, "newPassword": "another-word-2"})


async def be_disabled(somebody: Person, admin: Person) -> None:
    await admin.put(f"/api/users/{somebody.id}/disabled", {"disabled": True})


@pytest.mark.parametrize("end", [log_out, change_password, be_disabled])
async def test_an_ended_session_is_known_to_both_gateways_within_a_second(
    browser: httpx.AsyncClient,
    distributed: DistributedStage,
    replicas: list[httpx.AsyncClient],
    end: Callable[[Person, Person], Awaitable[None]],
) -> None:
    admin = await person(browser, "admin")
    await asyncio.to_thread(promote, distributed, admin.name)
    alice, admin = await person(browser, "alice"), await log_in(admin)
    assert [await said(replica, alice.token) for replica in replicas] == [200, 200]
    await end(alice, admin)

    async def both() -> list[int]:
        return [await said(replica, alice.token) for replica in replicas]

    await eventually(both, lambda answers: answers == [401, 401], within=1.0)
    assert all([await shut_out(alice) for _ in range(4)])


async def test_maintenance_reaches_both_gateways_within_a_second_and_outlives_a_crash(
    browser: httpx.AsyncClient, distributed: DistributedStage, replicas: list[httpx.AsyncClient]
) -> None:
    admin = await person(browser, "admin")
    await asyncio.to_thread(promote, distributed, admin.name)
    alice, admin = await person(browser, "alice"), await log_in(admin)

    async def both() -> list[int]:
        return [await said(replica, alice.token) for replica in replicas]

    try:
        await admin.put("/api/admin/maintenance", {"enabled": True})
        await eventually(both, lambda answers: answers == [503, 503], within=1.0)
        distributed.kill_process("gateway#2")
        await asyncio.to_thread(distributed.start_service, "gateway#2")
        assert await both() == [503, 503]
    finally:
        await admin.put("/api/admin/maintenance", {"enabled": False})
    await eventually(both, lambda answers: answers == [200, 200], within=1.0)


async def test_a_new_signing_key_needs_no_restart_of_anybody_else(
    browser: httpx.AsyncClient, distributed: DistributedStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = await person(browser, "before")
    others = {name: child.pid for name, child in distributed.processes.items() if name != "auth"}
    retired = _rotate(distributed.folder / "signing-key.pem")
    monkeypatch.setenv("AUTH_RETIRED_KEYS_FILE", str(retired))
    distributed.kill_process("auth")
    await asyncio.to_thread(distributed.start_service, "auth")

    async def answered() -> bool:
        return (await login(browser, before.name)).status_code == 200

    await eventually(answered)
    after = await log_in(before)

    async def welcome() -> list[int]:
        headers = {"Authorization": f"Bearer {after.token}"}
        return [(await browser.get(path, headers=headers)).status_code for path in EVERY_SERVICE]

    await eventually(welcome, lambda answers: answers == [200] * len(EVERY_SERVICE), within=15)
    for path in EVERY_SERVICE:
        await before.get(path)
    assert others == {name: child.pid for name, child in distributed.processes.items() if name != "auth"}


def _rotate(path: Path) -> Path:
    """Put a new signing key in place; the file with the public half of the old one."""
    old = load_pem_private_key(path.read_bytes(), password=None)
    retired = path.with_name("retired-keys.pem")
    retired.write_bytes(old.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    new = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(new)
    return retired


async def test_a_service_asked_around_the_gateway_refuses_forged_tokens_itself(
    browser: httpx.AsyncClient, distributed: DistributedStage
) -> None:
    alice = await person(browser, "alice")
    forgeries = Forger(alice.token, signing_key(distributed)).forgeries()
    ports = {"/api/users/profile": "auth", "/api/credits": "generation", "/api/works/my": "works"}
    ports |= {"/api/stats/user": "stats", "/api/admin/maintenance": "gateway"}
    for path, name in ports.items():
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{distributed.ports[name]}") as direct:
            assert await code(direct, path, **SPOOFED) == (401, "UNAUTHORIZED"), path
            for wrong, token in forgeries.items():
                assert await code(direct, path, Authorization=f"Bearer {token}") == (401, "UNAUTHORIZED"), (wrong, path)
