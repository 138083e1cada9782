"""Comments: added once per key, removed by those who may."""

import asyncio
from typing import Any

import pytest

OWNER, FAN, STRANGER, ADMIN = 1, 2, 3, 9


async def comment(stage: Any, work_id: int, content: str = "好看", user: int = FAN, **more: Any) -> int:
    data = await stage.data("POST", f"/api/works/{work_id}/comments", user, json={"content": content}, **more)
    return int(data["comment"]["id"])


async def contents(stage: Any, work_id: int) -> list[str]:
    data = await stage.data("GET", f"/api/works/{work_id}/comments", OWNER)
    return [item["content"] for item in data["comments"]]


async def test_a_comment_is_created_and_counted(stage: Any) -> None:
    await stage.registered(FAN, "bob")
    work_id = await stage.work(OWNER, public=True)

    answer = await stage.ask("POST", f"/api/works/{work_id}/comments", FAN, json={"content": "  真好看  "})

    assert answer.status_code == 201
    said = answer.json()["data"]["comment"]
    assert (said["content"], said["author"]["username"], said["work_id"]) == ("真好看", "bob", work_id)
    await stage.figure(work_id, "comments_count", 1)
    (shown,) = (await stage.data("GET", f"/api/works/{work_id}/comments"))["comments"]
    assert shown == said


async def test_comments_come_newest_first_by_page(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    for n in range(3):
        await comment(stage, work_id, f"第{n}条")

    data = await stage.data("GET", f"/api/works/{work_id}/comments?limit=2")

    assert [item["content"] for item in data["comments"]] == ["第2条", "第1条"]
    assert data["pagination"]["has_next"] is True


async def test_the_same_key_and_text_give_the_first_comment_again(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    key = {"headers": {"Idempotency-Key": "one"}}

    ids = await asyncio.gather(*(comment(stage, work_id, **key) for _ in range(5)))

    assert len(set(ids)) == 1
    assert await contents(stage, work_id) == ["好看"]


async def test_the_same_key_with_another_text_is_refused(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    key = {"headers": {"Idempotency-Key": "one"}}
    await comment(stage, work_id, **key)

    refusal = await stage.refused("POST", f"/api/works/{work_id}/comments", FAN, json={"content": "另一条"}, **key)

    assert refusal == (422, "VALIDATION_ERROR")
    assert await contents(stage, work_id) == ["好看"]


async def test_keys_of_different_users_do_not_meet(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    key = {"headers": {"Idempotency-Key": "one"}}

    assert await comment(stage, work_id, user=FAN, **key) != await comment(stage, work_id, user=STRANGER, **key)


@pytest.mark.parametrize(("user", "role"), [(FAN, "user"), (OWNER, "user"), (ADMIN, "admin")])
async def test_author_owner_and_admin_may_remove(stage: Any, user: int, role: str) -> None:
    work_id = await stage.work(OWNER, public=True)
    comment_id = await comment(stage, work_id)

    answer = await stage.ask("DELETE", f"/api/works/{work_id}/comments/{comment_id}", user, role=role)

    assert answer.json() == {"success": True, "message": "评论已删除"}
    assert await contents(stage, work_id) == []
    await stage.figure(work_id, "comments_count", 0)
    again = await stage.refused("DELETE", f"/api/works/{work_id}/comments/{comment_id}", user, role=role)
    assert again == (404, "NOT_FOUND")


async def test_a_stranger_may_not_remove(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    comment_id = await comment(stage, work_id)
    path = f"/api/works/{work_id}/comments/{comment_id}"

    assert await stage.refused("DELETE", path, STRANGER) == (403, "FORBIDDEN")
    assert await stage.refused("DELETE", path) == (401, "UNAUTHORIZED")
    assert await contents(stage, work_id) == ["好看"]


async def test_a_comment_is_not_found_under_another_work(stage: Any) -> None:
    work_id, other = await stage.work(OWNER, public=True), await stage.work(OWNER, public=True)
    comment_id = await comment(stage, work_id)

    refusal = await stage.refused("DELETE", f"/api/works/{other}/comments/{comment_id}", FAN)

    assert refusal == (404, "NOT_FOUND")


@pytest.mark.parametrize("content", ["", "   ", "长" * 501, {"$ne": ""}, None, 5, "\x00"])
async def test_bad_comments_are_refused(stage: Any, content: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    refusal = await stage.refused("POST", f"/api/works/{work_id}/comments", FAN, json={"content": content})

    assert refusal == (422, "VALIDATION_ERROR")
    assert await contents(stage, work_id) == []


async def test_a_comment_that_breaks_a_rule_is_refused(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    answer = await stage.ask("POST", f"/api/works/{work_id}/comments", FAN, json={"content": "你这个傻*逼"})

    assert (answer.status_code, answer.json()["code"]) == (422, "CONTENT_VIOLATION")
    assert answer.json()["details"] == [
        {"field": "content", "message": "辱骂：傻*逼", "rule": "insult.strong", "words": "傻*逼"}
    ]
    assert await contents(stage, work_id) == []


@pytest.mark.parametrize(
    ("content", "rule"), [("加微信 abc123 日赚500", "fraud.advertising"), ("bitch, 贱人 去死", "insult.mild")]
)
async def test_a_comment_that_somebody_would_have_to_review_is_refused(stage: Any, content: str, rule: str) -> None:
    work_id = await stage.work(OWNER, public=True)

    answer = await stage.ask("POST", f"/api/works/{work_id}/comments", FAN, json={"content": content})

    assert (answer.status_code, answer.json()["code"]) == (422, "CONTENT_VIOLATION")
    assert [detail["rule"] for detail in answer.json()["details"]] == [rule]
    assert await contents(stage, work_id) == []


async def test_a_comment_may_speak_of_what_a_picture_shows(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    await comment(stage, work_id, "裸体素描的线条真好, like a casino in 1970")

    assert len(await contents(stage, work_id)) == 1


async def test_fifty_repeats_of_one_comment_are_one_comment(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    key = {"headers": {"Idempotency-Key": "one"}}

    ids = await asyncio.gather(*(comment(stage, work_id, **key) for _ in range(50)))

    assert len(set(ids)) == 1
    await stage.figure(work_id, "comments_count", 1)


@pytest.mark.parametrize("key", ["", "a b", "x" * 201])
async def test_a_key_that_is_no_key_is_refused(stage: Any, key: str) -> None:
    work_id = await stage.work(OWNER, public=True)
    more = {"json": {"content": "好"}, "headers": {"Idempotency-Key": key}}

    refusal = await stage.refused("POST", f"/api/works/{work_id}/comments", FAN, **more)

    assert refusal == (422, "VALIDATION_ERROR")
    assert await contents(stage, work_id) == []
