"""One sweep: what it removes, and what it did."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any


@dataclass(frozen=True)
class Garbage:
    """Something that nobody needs: what to remove, since when it lies there, and its bytes; none where not known."""

    id: Any
    since: datetime | None = None
    size: int = 0


@dataclass(frozen=True)
class Sweep:
    """`find` gives what is garbage and older than a moment, `remove` takes one of it away and may be repeated.

    `after` is the age that garbage must have. Without `remove` the database ends it by itself (an index with an
    expiry): then what is found is overdue.
    """

    name: str
    removes: str
    after: timedelta
    find: Callable[[datetime], AsyncIterator[Garbage]]
    remove: Callable[[Garbage], Awaitable[None]] | None = None


@dataclass
class Outcome:
    """What one run of a sweep found and removed; `error` says why it ended early, if it did."""

    sweep: Sweep
    found: int = 0
    size: int = 0
    oldest: datetime | None = None
    removed: int = 0
    removed_size: int = 0
    error: str | None = None

    def count(self, garbage: Garbage) -> None:
        """Add one thing found."""
        self.found += 1
        self.size += garbage.size
        if garbage.since is not None and (self.oldest is None or garbage.since < self.oldest):
            self.oldest = garbage.since

    def __str__(self) -> str:
        parts = [f"{self.found} found", f"{self.removed} removed"]
        if self.sweep.remove is None:
            parts = [f"{self.found} overdue", "the database removes them"]
        if self.size:
            parts.append(f"{self.size} bytes")
        if self.oldest is not None:
            parts.append(f"oldest {self.oldest.isoformat(timespec='seconds')}")
        if self.error is not None:
            parts.append(f"FAILED: {self.error}")
        return f"{self.sweep.name}: {', '.join(parts)}   ({self.sweep.removes})"
