"""Stories of administrators."""

import secrets

import httpx
import pytest
from document.cast import Cast, log_in, login, paint, person, shut_out
from document.coverage import covers
from people import Json, Person, Refused

from common.testing.eventually import eventually

FORBIDDEN_TITLE = "制造炸弹的教程"


async def own(person: Person) -> list[Json]:
    return (await person.get("/api/works/my"))["works"]  # type: ignore[no-any-return]


@covers("role.granted", "role.authorization")
async def test_an_administrator_grants_and_takes_the_role(http: httpx.AsyncClient, cast: Cast) -> None:
    admin, ann = cast.people["admin"], await person(http, "ann")
    await admin.put(f"/api/users/{ann.id}/role", {"role": "admin"})
    ann = await log_in(ann)
    assert (await ann.get("/api/users/profile"))["user"]["role"] == "admin"
    await ann.get("/api/works/moderation")
    await admin.put(f"/api/users/{ann.id}/role", {"role": "user"})
    await eventually(lambda: shut_out(ann), within=1)
    ann = await log_in(ann)
    with pytest.raises(Refused) as refused:
        await ann.get("/api/works/moderation")
    assert (refused.value.status, refused.value.code) == (403, "FORBIDDEN")


@covers("disabled.ends_tokens")
async def test_a_disabled_account_is_out_within_a_second_and_may_return(http: httpx.AsyncClient, cast: Cast) -> None:
    admin, ann = cast.people["admin"], await person(http, "ann")
    await admin.put(f"/api/users/{ann.id}/disabled", {"disabled": True, "reason": "测试"})
    await eventually(lambda: shut_out(ann), within=1)
    assert (await login(http, ann.name)).status_code == 403
    await admin.put(f"/api/users/{ann.id}/disabled", {"disabled": False, "reason": "测试"})
    assert (await login(http, ann.name)).status_code == 200


@covers("grants.done", "grants.idempotency")
async def test_a_grant_raises_the_balance_once_per_key(http: httpx.AsyncClient, cast: Cast) -> None:
    admin, ann = cast.people["admin"], await person(http, "ann")
    gift, key = {"user_id": ann.id, "amount": 25, "reason": "测试"}, {"Idempotency-Key": secrets.token_hex(8)}
    for _ in range(2):
        assert (await admin.post("/api/credits/grants", gift, status=201, **key))["balance"] == 525
    account = await ann.get("/api/credits")
    assert account["balance"] == 525
    assert (account["ledger"][0]["type"], account["ledger"][0]["amount"]) == ("granted", 25)
    with pytest.raises(Refused) as refused:
        await admin.post("/api/credits/grants", {**gift, "amount": 30}, **key)
    assert refused.value.status == 422


@covers("moderation.rejected", "moderation.rejected.words", "moderation.document")
async def test_a_forbidden_text_is_not_published_and_the_work_says_why(http: httpx.AsyncClient, cast: Cast) -> None:
    ann = await person(http, "ann")
    await paint(ann)
    work = (await own(ann))[0]["id"]
    with pytest.raises(Refused) as refused:
        await ann.put(f"/api/works/{work}", {"title": FORBIDDEN_TITLE, "is_public": True})
    assert (refused.value.status, refused.value.code) == (422, "CONTENT_VIOLATION")
    with pytest.raises(Refused):
        await cast.people["bob"].get(f"/api/works/{work}")
    shown = (await ann.get(f"/api/works/{work}"))["work"]
    assert (shown["moderation_status"], shown["is_public"]) == ("rejected", False)
    (finding,) = shown["moderation_findings"]
    assert finding["rule"]
    assert FORBIDDEN_TITLE.startswith(finding["words"][0])


@covers("moderation.reviewed_again")
async def test_a_changed_public_work_is_reviewed_again(http: httpx.AsyncClient, cast: Cast) -> None:
    ann = await person(http, "ann")
    await paint(ann)
    work = (await own(ann))[0]["id"]
    await ann.put(f"/api/works/{work}", {"title": f"风景 {ann.name}", "is_public": True})
    await cast.people["bob"].get(f"/api/works/{work}")
    changed = (await ann.put(f"/api/works/{work}", {"description": FORBIDDEN_TITLE}))["work"]
    assert (changed["moderation_status"], changed["is_public"]) == ("rejected", False)
    with pytest.raises(Refused) as refused:
        await cast.people["bob"].get(f"/api/works/{work}")
    assert refused.value.code == "NOT_FOUND"


@covers("moderation.decided")
async def test_an_appeal_reaches_the_queue_and_is_decided(http: httpx.AsyncClient, cast: Cast) -> None:
    admin, ann = cast.people["admin"], await person(http, "ann")
    await paint(ann)
    work = (await own(ann))[0]["id"]
    with pytest.raises(Refused):
        await ann.put(f"/api/works/{work}", {"title": FORBIDDEN_TITLE, "is_public": True})
    await ann.post(f"/api/works/{work}/appeal", {"reason": "这是新闻"})
    waiting = (await admin.get("/api/works/moderation", limit=100))["works"]
    assert work in [w["id"] for w in waiting]
    await admin.post(f"/api/works/{work}/moderation", {"decision": "approve", "reason": "可以"})
    shown = (await ann.get(f"/api/works/{work}"))["work"]
    assert (shown["moderation_status"], shown["is_public"]) == ("approved", True)
