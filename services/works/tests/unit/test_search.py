"""Folding and grams, and the calendar of the gallery."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from works.projections.lists import beginning, holding
from works.search import fold, index_grams, query_grams


def test_folding_forgets_case_width_and_kind_of_blank() -> None:
    assert fold("ＮＥＯＮ\u3000 City\n夜") == "neon city 夜"


def test_grams_are_characters_and_pairs_within_words() -> None:
    assert index_grams("ab 夜") == ["a", "ab", "b", "夜"]
    assert query_grams(["夜", "abc"]) == ["ab", "bc", "夜"]


@given(st.text(min_size=1, max_size=30), st.data())
def test_every_part_of_a_text_is_found_by_its_grams(text: str, data: st.DataObject) -> None:
    folded = fold(text)
    start = data.draw(st.integers(0, max(0, len(folded) - 1)))
    part = folded[start : data.draw(st.integers(start, len(folded)))].split()

    assert set(query_grams(part)) <= set(index_grams(folded))


@given(st.text(max_size=60))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)


def test_what_a_user_searches_for_is_never_an_operator() -> None:
    assert holding("$where.*") == {
        "grams": {"$all": ["$w", "wh", "he", "er", "re", "e.", ".*"]},
        "$and": [{"text": {"$regex": r"\$where\.\*"}}],
    }
    assert holding(" \t") == {}


@pytest.mark.parametrize(
    ("time_filter", "expected"),
    [
        ("today", datetime(2026, 7, 31, 16, tzinfo=UTC)),
        ("week", datetime(2026, 7, 26, 16, tzinfo=UTC)),
        ("month", datetime(2026, 7, 31, 16, tzinfo=UTC)),
    ],
)
def test_days_weeks_and_months_begin_in_the_platforms_time_zone(time_filter: str, expected: datetime) -> None:
    shortly_after_midnight_in_shanghai = datetime(2026, 7, 31, 16, 30, tzinfo=UTC)

    begun = beginning(time_filter, shortly_after_midnight_in_shanghai, ZoneInfo("Asia/Shanghai"))

    assert begun == expected
