"""A circuit breaker: a server that fails again and again is left alone for a while, then tried with one job."""

from dataclasses import dataclass
from typing import Literal

THRESHOLD = 3  # failures in a row
LONGEST = 12  # times the first pause


@dataclass
class Breaker:
    """Closed: works. Open: left alone for `pause` seconds, at first. Half open, after that: one job, whose end decides.

    Times are of a monotonic clock, in seconds, and passed in.
    """

    pause: float
    _failures: int = 0
    _until: float | None = None
    _times: int = 1

    def room(self, now: float, usual: int) -> int:
        """How many jobs the server may have at once: `usual`, one while it is on trial, none while left alone."""
        if self._until is None:
            return usual
        return 1 if now >= self._until else 0

    def state(self, now: float) -> Literal["closed", "open", "half_open"]:
        """In the pattern's words."""
        if self._until is None:
            return "closed"
        return "half_open" if now >= self._until else "open"

    def failed(self, now: float) -> None:
        """A job or a call failed. A failed trial doubles the pause."""
        self._failures += 1
        if self._until is not None and now >= self._until:
            self._times = min(self._times * 2, LONGEST)
        elif self._failures < THRESHOLD or self._until is not None:
            return
        self._until = now + self.pause * self._times

    def succeeded(self) -> None:
        """A job was done."""
        self._failures, self._until, self._times = 0, None, 1
