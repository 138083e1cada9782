"""Every image becomes exactly one work, whatever is delivered twice."""

import asyncio
from typing import Any

from common.messages import Envelope

ALICE, BOB = 1, 2


async def titles_of(stage: Any, user: int) -> list[str]:
    works = (await stage.data("GET", "/api/works/my?limit=100", user))["works"]
    return sorted(work["title"] for work in works)


async def test_the_same_image_delivered_five_times_at_once_is_one_work(stage: Any) -> None:
    picture: Envelope = await stage.picture(ALICE)

    await asyncio.gather(*(stage.hear(picture) for _ in range(5)))

    assert await titles_of(stage, ALICE) == ["月光下的山谷"]


async def test_the_same_image_in_different_messages_at_once_is_one_work(stage: Any) -> None:
    picture: Envelope = await stage.picture(ALICE)

    await asyncio.gather(*(stage.hear(picture.model_copy(update={"id": f"message-{n}"})) for n in range(5)))

    assert await titles_of(stage, ALICE) == ["月光下的山谷"]
    assert await stage.service.messaging.consumer.dead_letters() == []


async def test_an_image_whose_work_was_deleted_does_not_come_back(stage: Any) -> None:
    picture: Envelope = await stage.picture(ALICE)
    await stage.hear(picture)
    (work,) = (await stage.data("GET", "/api/works/my", ALICE))["works"]
    await stage.ask("DELETE", f"/api/works/{work['id']}", ALICE)

    await stage.hear(picture.model_copy(update={"id": "replayed"}))

    assert await titles_of(stage, ALICE) == []


async def test_a_batch_with_one_prompt_gets_distinct_titles(stage: Any) -> None:
    await stage.hear(*[await stage.picture(ALICE, "Neon City") for _ in range(4)])

    assert await titles_of(stage, ALICE) == ["Neon City", "Neon City (2)", "Neon City (3)", "Neon City (4)"]


async def test_titles_that_differ_in_case_or_width_alone_are_told_apart(stage: Any) -> None:
    await stage.hear(await stage.picture(ALICE, "Neon City"), await stage.picture(ALICE, "ＮＥＯＮ  city"))

    assert await titles_of(stage, ALICE) == ["Neon City", "ＮＥＯＮ city (2)"]


async def test_batches_heard_at_the_same_moment_get_distinct_titles(stage: Any) -> None:
    batches = [[await stage.picture(ALICE, "山水") for _ in range(4)] for _ in range(3)]

    await asyncio.gather(*(stage.hear(*batch) for batch in batches))

    titles = await titles_of(stage, ALICE)
    assert len(set(titles)) == 12
    assert await stage.service.messaging.consumer.dead_letters() == []


async def test_many_works_of_one_prompt_still_get_titles(stage: Any) -> None:
    await stage.hear(*[await stage.picture(ALICE, "同") for _ in range(60)])

    titles = await titles_of(stage, ALICE)
    assert len(set(titles)) == 60
    assert "同 (60)" in titles


async def test_two_users_may_bear_the_same_title(stage: Any) -> None:
    await stage.hear(await stage.picture(ALICE), await stage.picture(BOB))

    assert await titles_of(stage, ALICE) == await titles_of(stage, BOB) == ["月光下的山谷"]


async def test_a_long_prompt_lends_its_start(stage: Any) -> None:
    await stage.hear(await stage.picture(ALICE, "长" * 900))

    assert await titles_of(stage, ALICE) == ["长" * 40]
