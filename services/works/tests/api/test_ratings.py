"""Ratings: one score a user, the mean in the gallery."""

from typing import Any

import pytest

OWNER, FAN = 1, 2


async def test_scores_are_averaged_and_replaced(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    path = f"/api/works/{work_id}/rating"

    await stage.data("PUT", path, FAN, json={"score": 5})
    await stage.data("PUT", path, FAN + 1, json={"score": 2})
    answer = await stage.data("PUT", path, FAN, json={"score": 4})

    assert answer == {"score": 4, "rating": 3.0, "ratings_count": 2}
    await stage.figure(work_id, "rating", 3.0)
    (shown,) = (await stage.data("GET", "/api/works/gallery?sort=rating"))["works"]
    assert (shown["rating"], shown["ratings_count"]) == (3.0, 2)


async def test_the_same_score_again_is_no_event(stage: Any) -> None:
    work_id = await stage.work(OWNER, public=True)
    for _ in range(2):
        await stage.data("PUT", f"/api/works/{work_id}/rating", FAN, json={"score": 3})

    assert await stage.store.db.events.count_documents({"type": "WorkRated"}) == 1


@pytest.mark.parametrize("score", [0, 6, -1, 3.5, "4", True, None, {"$gt": 0}])
async def test_bad_scores_are_refused(stage: Any, score: Any) -> None:
    work_id = await stage.work(OWNER, public=True)

    refusal = await stage.refused("PUT", f"/api/works/{work_id}/rating", FAN, json={"score": score})

    assert refusal == (422, "VALIDATION_ERROR")
    assert await stage.store.db.ratings.count_documents({}) == 0
