"""Prices to the document's example, and whose turn it is."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from generation.domain import pricing
from generation.domain.queue import Waiting, in_rounds, in_turn, place

START = datetime(2026, 1, 1, tzinfo=UTC)


def waiting(user_id: int, since: int = 0) -> Waiting:
    return Waiting(f"task_{user_id}", user_id, 0, START + timedelta(seconds=since), "c")


@pytest.mark.parametrize(
    ("model", "width", "height", "batch_size", "steps", "cost"),
    [
        ("sd_xl_base", 1024, 1024, 1, 25, 15),
        ("v1-5-pruned-emaonly-fp16.safetensors", 1024, 1024, 1, 25, 10),
        ("sketch-ink", 512, 512, 1, 25, 3),
        ("sketch-ink", 512, 512, 2, 25, 5),
        ("sketch-ink", 768, 512, 4, 50, 30),
        ("SDXL-turbo", 512, 512, 1, 10, 2),
    ],
)
def test_a_price_follows_the_formula(model, width, height, batch_size, steps, cost) -> None:
    assert pricing.price(model, width, height, batch_size, steps) == cost


@given(cost=st.integers(1, 1000), batch_size=st.integers(1, 4), delivered=st.integers(0, 4))
def test_pictures_bear_their_share_of_the_cost(cost: int, batch_size: int, delivered: int) -> None:
    delivered = min(delivered, batch_size)
    share = pricing.charge_for(cost, batch_size, delivered)
    assert 0 <= share <= cost
    assert (share == cost) if delivered == batch_size else (share * batch_size < cost * delivered + batch_size)
    assert delivered or share == 0


def test_an_estimate_grows_with_the_queue_and_shrinks_with_painters() -> None:
    assert pricing.estimate(1.5, 2, 0, 1) == 3
    assert pricing.estimate(1.5, 2, 4, 1) == 15
    assert pricing.estimate(1.5, 2, 4, 2) == 9
    assert pricing.estimate(0.01, 1, 0, 1) == 1


def test_who_was_never_served_comes_first_then_who_was_served_longest_ago() -> None:
    heads = [waiting(1), waiting(2), waiting(3)]
    served = {1: START, 2: START - timedelta(hours=1)}
    assert [head.user_id for head in in_turn(heads, served)] == [3, 2, 1]


def test_between_equals_the_oldest_task_comes_first() -> None:
    assert [head.user_id for head in in_turn([waiting(1, since=5), waiting(2, since=3)], {})] == [2, 1]


def test_the_place_counts_whole_rounds_of_all_users() -> None:
    users, counts = [1, 2, 3], {1: 5, 2: 1, 3: 2}
    assert [place(users, counts, 1, nth) for nth in (1, 2, 3, 4, 5)] == [1, 4, 6, 7, 8]
    assert place(users, counts, 2, 1) == 2
    assert [place(users, counts, 3, nth) for nth in (1, 2)] == [3, 5]


@given(st.dictionaries(st.integers(1, 9), st.integers(1, 6), max_size=6))
def test_every_place_is_that_in_the_order_of_service(counts: dict[int, int]) -> None:
    users = list(counts)
    order = in_rounds(users, {user: [(user, n + 1) for n in range(counts[user])] for user in users})
    assert [place(users, counts, user, nth) for user, nth in order] == list(range(1, len(order) + 1))
