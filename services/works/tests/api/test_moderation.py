"""Publication under review: rules, the administrators' queue, appeals, works put forward."""

import asyncio
from typing import Any

import pytest

from common.objects import PUBLIC
from common.testing.eventually import eventually
from works.projections.lists import HELD, HELD_ORDER

OWNER, OTHER, ADMIN = 1, 2, 9
BAD, DOUBTFUL = "看 p.0.r.n", "赌场之夜"


async def change(stage: Any, work_id: int, **wished: Any) -> Any:
    return await stage.ask("PUT", f"/api/works/{work_id}", OWNER, json=wished)


async def own(stage: Any, work_id: int) -> dict[str, Any]:
    return dict((await stage.data("GET", f"/api/works/{work_id}", OWNER))["work"])


async def decide(stage: Any, work_id: int, decision: str, reason: str = "理由", **more: Any) -> Any:
    body = {"decision": decision, "reason": reason, **more}
    return await stage.ask("POST", f"/api/works/{work_id}/moderation", ADMIN, role="admin", json=body)


async def queue(stage: Any, query: str = "") -> list[int]:
    data = await stage.data("GET", f"/api/works/moderation{query}", ADMIN, role="admin")
    return [work["id"] for work in data["works"]]


async def gallery(stage: Any) -> list[int]:
    return [work["id"] for work in (await stage.data("GET", "/api/works/gallery"))["works"]]


async def public_objects(stage: Any) -> int:
    return len([stored async for stored in stage.objects.list(PUBLIC)])


async def test_a_work_that_breaks_a_rule_is_refused_and_says_why(stage: Any) -> None:
    work_id = await stage.work(OWNER)

    answer = await change(stage, work_id, title=BAD, is_public=True)

    assert (answer.status_code, answer.json()["code"]) == (422, "CONTENT_VIOLATION")
    (detail,) = answer.json()["details"]
    assert (detail["field"], detail["rule"], detail["words"]) == ("title", "sexual.explicit", "p.0.r.n")
    work = await own(stage, work_id)
    assert (work["title"], work["is_public"], work["moderation_status"]) == ("月光下的山谷", False, "rejected")
    assert work["moderation_findings"] == [
        {"field": "title", "rule": "sexual.explicit", "label": "色情淫秽", "words": ["p.0.r.n"]}
    ]
    assert await gallery(stage) == []
    assert await public_objects(stage) == 0
    assert await stage.refused("GET", f"/api/works/{work_id}", OTHER) == (404, "NOT_FOUND")


@pytest.mark.parametrize("field", ["title", "description", "category", "tags", "prompt"])
async def test_every_text_that_others_see_is_reviewed(stage: Any, field: str) -> None:
    work_id = await stage.work(OWNER, "色情图" if field == "prompt" else "山谷")
    wished = {} if field == "prompt" else {field: ["好", "色情"] if field == "tags" else "色情"}

    answer = await change(stage, work_id, **wished, is_public=True)

    assert answer.json()["code"] == "CONTENT_VIOLATION"
    assert field in {detail["field"] for detail in answer.json()["details"]}


async def test_a_doubtful_work_waits_unseen_until_it_is_approved(stage: Any) -> None:
    work_id = await stage.work(OWNER)

    answer = await change(stage, work_id, title=DOUBTFUL, is_public=True)

    assert answer.status_code == 200
    assert answer.json()["message"] == "作品信息更新成功，公开申请等待管理员审核"
    work = answer.json()["data"]["work"]
    assert (work["title"], work["is_public"], work["moderation_status"]) == (DOUBTFUL, False, "pending")
    assert await gallery(stage) == []
    for path in ("", "/comments"):
        assert await stage.refused("GET", f"/api/works/{work_id}{path}", OTHER) == (404, "NOT_FOUND")
    assert await stage.refused("POST", f"/api/works/{work_id}/like", OTHER) == (404, "NOT_FOUND")

    decided = await decide(stage, work_id, "approve", "")

    assert decided.json()["data"]["work"]["is_public"] is True
    assert (await own(stage, work_id))["moderation_status"] == "approved"
    assert await gallery(stage) == [work_id]
    assert await queue(stage) == []
    assert await public_objects(stage) == 3


async def test_the_queue_shows_the_longest_waiting_first_by_page(stage: Any) -> None:
    works = [await stage.work(OWNER, f"月 {n}") for n in range(3)]
    for number, work_id in enumerate(reversed(works)):
        await change(stage, work_id, title=f"{DOUBTFUL}{number}", is_public=True)
    await stage.work(OWNER, public=True)

    assert await queue(stage) == works[::-1]
    assert await queue(stage, "?page=2&limit=2") == works[:1]
    assert await queue(stage, "?page=9") == []
    (shown, *_) = (await stage.data("GET", "/api/works/moderation", ADMIN, role="admin"))["works"]
    assert (shown["author"]["id"], shown["appeal"], shown["held_at"][-1]) == (OWNER, None, "Z")
    assert shown["moderation_findings"][0]["rule"] == "gambling.scene"
    assert "signature=" in shown["image_url"]


async def test_a_changed_public_work_is_reviewed_again(stage: Any) -> None:
    refused, held, good = [await stage.work(OWNER, f"月 {n}", public=True) for n in range(3)]

    answers = [
        await change(stage, refused, description=BAD),
        await change(stage, held, tags=["赌场"], is_public=True),
        await change(stage, good, title="晴天"),
    ]

    assert [answer.json()["data"]["work"]["moderation_status"] for answer in answers] == [
        "rejected",
        "pending",
        "approved",
    ]
    assert "内容不符合社区规范" in answers[0].json()["message"]
    assert (await own(stage, refused))["description"] == BAD
    assert await gallery(stage) == [good]
    await eventually(lambda: public_objects(stage), lambda count: count == 3)


async def test_a_rejected_work_comes_back_by_an_appeal_only(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    assert (await decide(stage, work_id, "reject", "侵权")).status_code == 200

    work = await own(stage, work_id)
    assert (work["moderation_status"], work["moderation_reason"], work["is_public"]) == ("rejected", "侵权", False)
    again = await change(stage, work_id, is_public=True)
    assert (again.status_code, again.json()["code"]) == (422, "CONTENT_VIOLATION")
    assert "侵权" in again.json()["error"]

    path = f"/api/works/{work_id}/appeal"
    appealed = await stage.data("POST", path, OWNER, json={"reason": "我是原作者"})
    assert appealed["work"]["moderation_status"] == "pending"
    assert await stage.refused("POST", path, OWNER, json={"reason": "再来"}) == (409, "CONFLICT")
    (shown,) = (await stage.data("GET", "/api/works/moderation", ADMIN, role="admin"))["works"]
    assert shown["appeal"] == "我是原作者"

    await decide(stage, work_id, "approve")
    assert await gallery(stage) == [work_id]
    await change(stage, work_id, is_public=False)
    assert (await change(stage, work_id, is_public=True)).status_code == 200


async def test_decisions_are_events_with_their_actor(stage: Any) -> None:
    work_id = await stage.work(OWNER)
    await change(stage, work_id, title=DOUBTFUL, is_public=True)
    await decide(stage, work_id, "reject", "不合适")

    events = await stage.store.read(f"work-{work_id}")

    assert [recorded.event.name for recorded in events] == [
        "WorkCreated",
        "WorkUpdated",
        "PublicationHeld",
        "PublicationRefused",
    ]
    assert (events[-1].event.refused_by, events[-1].event.reason, events[-1].actor) == (ADMIN, "不合适", ADMIN)


async def seen(stage: Any, work_id: int) -> int:
    """The revision of a work as the queue shows it."""
    works = (await stage.data("GET", "/api/works/moderation", ADMIN, role="admin"))["works"]
    return next(int(work["revision"]) for work in works if work["id"] == work_id)


async def test_an_approval_holds_for_exactly_what_the_administrator_saw(stage: Any) -> None:
    work_id = await stage.work(OWNER)
    await change(stage, work_id, title=DOUBTFUL, is_public=True)
    revision = await seen(stage, work_id)
    await change(stage, work_id, description="改过的描述，赌场")

    for decision in ("approve", "reject"):
        stale = await decide(stage, work_id, decision, revision=revision)
        assert (stale.status_code, stale.json()["code"]) == (409, "WORK_CHANGED")
        assert "刷新" in stale.json()["error"]
    assert await gallery(stage) == []
    assert await public_objects(stage) == 0

    fresh = await seen(stage, work_id)
    for _ in range(2):  # an answer that was lost: the repeat changes nothing
        assert (await decide(stage, work_id, "approve", revision=fresh)).status_code == 200
    assert await gallery(stage) == [work_id]
    assert await stage.store.db.events.count_documents({"type": "WorkPublished"}) == 1


async def test_an_edit_at_the_same_moment_is_never_published_unseen(stage: Any) -> None:
    for round_number in range(6):
        work_id = await stage.work(OWNER, f"月 {round_number}")
        await change(stage, work_id, title=f"{DOUBTFUL}{round_number}", is_public=True)
        revision = await seen(stage, work_id)

        decision, edit = await asyncio.gather(
            decide(stage, work_id, "approve", revision=revision),
            change(stage, work_id, description="没人看过的赌场"),
        )

        assert edit.status_code == 200
        work = await own(stage, work_id)
        assert decision.status_code in (200, 409)
        assert work["moderation_status"] == "pending", "approved or not, the new words wait for a look"
        assert work["is_public"] is False


async def test_the_queue_under_load_loses_nothing_from_page_to_page(stage: Any) -> None:
    waiting = [await stage.work(OWNER, f"月 {n}") for n in range(9)]
    for n, work_id in enumerate(waiting):
        await change(stage, work_id, title=f"{DOUBTFUL}{n}", is_public=True)
    left, decided = set(waiting), 0

    while page := await queue(stage, "?limit=2"):
        newcomer = await stage.work(OWNER, f"新 {decided}") if decided < 4 else None
        answers = await asyncio.gather(
            *(decide(stage, work_id, "reject", "不合适") for work_id in page),
            *([change(stage, newcomer, title=f"新{DOUBTFUL}{decided}", is_public=True)] if newcomer else []),
        )
        assert {answer.status_code for answer in answers} == {200}
        left -= set(page)
        decided += len(page)

    assert left == set()
    assert decided == 9 + 2
    plan = str(await stage.store.db.command(
        {"explain": {"find": "works", "filter": HELD, "sort": dict(HELD_ORDER)}, "verbosity": "queryPlanner"}
    ))  # fmt: skip
    assert "IXSCAN" in plan
    assert "COLLSCAN" not in plan


@pytest.mark.parametrize(
    ("negative", "code"),
    [
        ("porn, nude, 色情, 血腥, 尸体, gore, blood", None),
        ("低质量，傻逼", "CONTENT_VIOLATION"),
        ("加微信 abc", "pending"),
    ],
)
async def test_a_negative_prompt_may_name_what_shall_not_be_shown_but_not_insult(
    stage: Any, negative: str, code: str | None
) -> None:
    picture = await stage.picture(OWNER)
    picture.data["recipe"]["negative_prompt"] = negative
    await stage.hear(picture)
    work_id = (await stage.store.db.pictures.find_one({"image_id": picture.data["image_id"]}))["_id"]

    answer = (await change(stage, work_id, is_public=True)).json()

    if code == "CONTENT_VIOLATION":
        assert (answer["code"], answer["details"][0]["field"]) == (code, "negative_prompt")
    else:
        assert answer["data"]["work"]["moderation_status"] == (code or "approved")


async def test_deciding_twice_at_once_publishes_once(stage: Any) -> None:
    work_id = await stage.work(OWNER)
    await change(stage, work_id, title=DOUBTFUL, is_public=True)

    answers = await asyncio.gather(*(decide(stage, work_id, "approve") for _ in range(10)))

    assert {answer.status_code for answer in answers} == {200}
    assert await stage.store.db.events.count_documents({"type": "WorkPublished"}) == 1
    assert await gallery(stage) == [work_id]


ADMINS_ONLY: list[tuple[str, str, Any]] = [
    ("GET", "/api/works/moderation", None),
    ("POST", "/api/works/{id}/moderation", {"decision": "approve"}),
    ("PUT", "/api/works/{id}/featured", {"featured": True}),
]


@pytest.mark.parametrize(("method", "path", "body"), ADMINS_ONLY)
async def test_only_administrators_decide(stage: Any, method: str, path: str, body: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    before = await stage.store.db.events.count_documents({})

    for user, refusal in ((OWNER, (403, "FORBIDDEN")), (OTHER, (403, "FORBIDDEN")), (None, (401, "UNAUTHORIZED"))):
        assert await stage.refused(method, path.format(id=work_id), user, json=body) == refusal
    assert await stage.store.db.events.count_documents({}) == before


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("moderation", {}),
        ("moderation", {"decision": "perhaps"}),
        ("moderation", {"decision": {"$ne": ""}}),
        ("moderation", {"decision": "reject"}),
        ("moderation", {"decision": "approve", "revision": 0}),
        ("moderation", {"decision": "approve", "revision": "3"}),
        ("moderation", {"decision": "reject", "reason": "  "}),
        ("moderation", {"decision": "approve", "reason": "长" * 501}),
        ("featured", {}),
        ("featured", {"featured": 1}),
        ("featured", {"featured": None}),
        ("appeal", {}),
        ("appeal", {"reason": ""}),
        ("appeal", {"reason": "长" * 501}),
    ],
)
async def test_bad_decisions_are_refused_and_change_nothing(stage: Any, path: str, body: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    before = await stage.store.db.events.count_documents({})
    method = "PUT" if path == "featured" else "POST"

    refusal = await stage.refused(method, f"/api/works/{work_id}/{path}", OWNER, role="admin", json=body)

    assert refusal == (422, "VALIDATION_ERROR")
    assert await stage.store.db.events.count_documents({}) == before


async def test_nothing_is_decided_that_nobody_asked_for(stage: Any) -> None:
    private = await stage.work(OWNER)

    for decision in ("approve", "reject"):
        answer = await decide(stage, private, decision)
        assert (answer.status_code, answer.json()["code"]) == (409, "CONFLICT")
        assert (await decide(stage, 999_999, decision)).status_code == 404
    featured = await stage.refused(
        "PUT", f"/api/works/{private}/featured", ADMIN, role="admin", json={"featured": True}
    )
    assert featured == (409, "CONFLICT")


async def test_appeals_are_the_owners(stage: Any) -> None:
    private, public = await stage.work(OWNER), await stage.work(OWNER, public=True)
    body = {"reason": "不服"}

    assert await stage.refused("POST", f"/api/works/{private}/appeal", OTHER, json=body) == (404, "NOT_FOUND")
    assert await stage.refused("POST", f"/api/works/{public}/appeal", OTHER, json=body) == (403, "FORBIDDEN")
    assert await stage.refused("POST", f"/api/works/{public}/appeal", OWNER, json=body) == (409, "CONFLICT")


async def test_an_administrator_puts_a_work_forward_and_back(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    path = f"/api/works/{work_id}/featured"

    for featured in (True, True, False, True):
        data = await stage.data("PUT", path, ADMIN, role="admin", json={"featured": featured})
        assert data["work"]["featured"] is featured
        (shown,) = (await stage.data("GET", "/api/works/gallery"))["works"]
        assert shown["featured"] is featured
    assert await stage.store.db.events.count_documents({"type": "WorkFeatured"}) == 3

    await change(stage, work_id, is_public=False)
    assert (await own(stage, work_id))["featured"] is False


async def test_the_owner_cannot_feature_by_an_update(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    await change(stage, work_id, featured=True, moderation_status="approved")

    assert (await own(stage, work_id))["featured"] is False


async def test_categories_in_use_are_counted_over_public_works(stage: Any) -> None:
    for category in ("concept", "concept", "nature", ""):
        await stage.work(OWNER, public=True, category=category)
    await stage.work(OWNER, category="private")

    data = await stage.data("GET", "/api/works/categories")

    assert data["categories"] == [{"name": "concept", "works": 2}, {"name": "nature", "works": 1}]
