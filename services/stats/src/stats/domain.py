"""The calendar of the figures: days, weeks and months as the platform's users count them. Pure."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True)
class Calendar:
    """Where the present week and month began: on Monday and on the first, at midnight in `zone`."""

    zone: ZoneInfo

    def month_start(self, now: datetime) -> datetime:
        """In UTC."""
        return self._midnight(now.astimezone(self.zone).replace(day=1))

    def week_start(self, now: datetime) -> datetime:
        """In UTC."""
        here = now.astimezone(self.zone)
        return self._midnight(here - timedelta(days=here.weekday()))

    def _midnight(self, day: datetime) -> datetime:
        return datetime.combine(day.date(), time(), self.zone).astimezone(UTC)
