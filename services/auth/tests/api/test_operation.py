"""What an operator does: make an administrator, rebuild, and what other services are told."""

from collections.abc import Sequence

import pytest

from auth.admin import promote, run
from auth.operations import operations
from auth.projections import VIEWS
from auth.testing import Auth
from common.messages import Envelope
from common.testing.eventually import eventually
from common.testing.rebuilding import content_hash, rebuilt


async def test_the_first_administrator_is_made_by_the_command_line(auth: Auth, mongo_url: str) -> None:
    await auth.register("alice")
    database = auth.settings.database
    said = await promote(mongo_url, database, "ALICE")
    assert said == "User alice (id 1) is an administrator from the next login on."
    assert "already" in await promote(mongo_url, database, "alice")
    assert (await auth.login("alice")).json()["data"]["user"]["role"] == "admin"
    assert await auth.db.events.count_documents({"type": "RoleGranted"}) == 1
    with pytest.raises(SystemExit, match="no user"):
        await promote(mongo_url, database, "nobody")


async def test_a_lost_role_ends_the_sessions_that_carry_it(auth: Auth, mongo_url: str) -> None:
    await auth.register("alice")
    await promote(mongo_url, auth.settings.database, "alice")
    bearer = await auth.bearer("alice")
    await run(mongo_url, auth.settings.database, "demote", "alice")
    assert (await auth.client.get("/api/users/profile", headers=bearer)).status_code == 401


async def test_an_operator_ends_the_sessions_of_an_account_that_stays_open(auth: Auth, mongo_url: str) -> None:
    bearer = await auth.bearer("alice")
    said = await run(mongo_url, auth.settings.database, "end-sessions", "alice")
    assert said == "User alice (id 1) has to log in again; all sessions were ended."
    assert (await auth.client.get("/api/users/profile", headers=bearer)).status_code == 401
    assert (await auth.login("alice")).status_code == 200


async def eventful_life(auth: Auth) -> None:
    alice, bob = await auth.bearer("alice"), await auth.bearer("bob")
    await auth.client.put("/api/users/profile", headers=alice, json={"bio": "画家", "username": "alice_w"})
    await auth.client.post("/api/users/2/follow", headers=alice)
    await auth.client.post("/api/users/1/follow", headers=bob)
    await auth.client.post("/api/users/2/follow", headers=alice)
    await auth.login("bob", "wrong123")
    await auth.client.post("/api/users/logout", headers=bob)


@pytest.mark.parametrize("emptied", [False, True])
async def test_read_models_rebuild_to_the_same_content(auth: Auth, emptied: bool) -> None:
    await eventful_life(auth)
    before = await content_hash(auth.db, [view.name for view in VIEWS])
    assert await rebuilt(auth.store, emptied=emptied) == before


async def test_an_event_from_before_avatars_is_read_from_the_log(auth: Auth) -> None:
    await eventful_life(auth)
    old = {"$set": {"schema": 1}, "$unset": {"data.avatar_key": ""}}
    assert (await auth.db.events.update_one({"type": "ProfileUpdated"}, old)).modified_count == 1
    before = await content_hash(auth.db, [view.name for view in VIEWS])
    assert await rebuilt(auth.store, emptied=True) == before


async def test_the_command_line_rebuilds(auth: Auth) -> None:
    await eventful_life(auth)
    service = operations(auth.settings)
    assert await service.rebuild(service.store) == "rebuilt users: 2 streams, follows: 2 streams"
    await service.close()


async def test_others_are_told_what_concerns_them_and_no_secret(auth: Auth) -> None:
    heard: list[Envelope] = []

    async def hear(envelopes: Sequence[Envelope]) -> None:
        heard.extend(envelopes)

    await auth.bus.declare("everything", ["auth.*"])
    await auth.bus.subscribe("everything", hear)
    await eventful_life(auth)

    async def keys() -> set[str]:
        return {envelope.key.split(".")[1] for envelope in heard}

    told = {"UserRegistered", "ProfileUpdated", "UserFollowed", "UserUnfollowed", "SessionsRevoked"}
    await eventually(keys, lambda seen: seen == told)
    assert all("hash" not in str(e.data) and "example.com" not in str(e.data) for e in heard)
    (profile,) = [e for e in heard if e.key == "auth.ProfileUpdated.v1"]
    assert profile.data == {"user_id": 1, "username": "alice_w", "avatar_key": None}
    assert profile.actor == 1


async def test_health_and_metrics_answer(auth: Auth) -> None:
    ready = await auth.client.get("/health/ready")
    assert ready.json() == {"status": "ok", "checks": {"mongodb": "ok"}}
    assert (await auth.client.get("/health/live")).status_code == 200
    assert "events_appended_total" in (await auth.client.get("/metrics")).text
