"""The calendar."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from stats.domain import Calendar

SHANGHAI, NEW_YORK = Calendar(ZoneInfo("Asia/Shanghai")), Calendar(ZoneInfo("America/New_York"))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "month", "week"),
    [
        ("2026-11-18T12:00", "2026-10-31T16:00", "2026-11-15T16:00"),
        ("2026-11-15T15:59", "2026-10-31T16:00", "2026-11-08T16:00"),  # still Sunday
        ("2026-11-15T16:00", "2026-10-31T16:00", "2026-11-15T16:00"),  # Monday
        ("2026-12-31T16:00", "2026-12-31T16:00", "2026-12-27T16:00"),  # a new year, in the middle of a week
    ],
)
def test_weeks_and_months_begin_at_midnight_in_shanghai(now: str, month: str, week: str) -> None:
    assert SHANGHAI.month_start(at(now)) == at(month)
    assert SHANGHAI.week_start(at(now)) == at(week)


def test_a_week_that_changes_the_clock_begins_at_its_own_midnight() -> None:
    assert NEW_YORK.week_start(at("2026-11-01T20:00")) == at("2026-10-26T04:00")
    assert NEW_YORK.month_start(at("2026-11-18T20:00")) == at("2026-11-01T04:00")
