"""Whose turn it is: users take turns, the one served longest ago first; within a user the oldest task first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

T = TypeVar("T")

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    """A task to be started: the oldest one of its user that waits, or one that nobody works on any more."""

    task_id: str
    user_id: int
    attempt: int
    since: datetime
    correlation_id: str
    traceparent: str | None = None


def in_turn(heads: Sequence[Waiting], last_served: Mapping[int, datetime]) -> list[Waiting]:
    """The heads, one a user, in the order in which they should be started."""
    return sorted(heads, key=lambda head: (last_served.get(head.user_id, NEVER), head.since))


def in_rounds(users: Sequence[int], waiting: Mapping[int, Sequence[T]]) -> list[T]:
    """All that waits (by user, the oldest first) in the order of service if nobody joins: in each round one a user."""
    turns = [(nth, turn, task) for turn, user in enumerate(users) for nth, task in enumerate(waiting[user])]
    return [task for _, _, task in sorted(turns, key=lambda entry: entry[:2])]


def place(users: Sequence[int], counts: Mapping[int, int], user_id: int, nth: int) -> int:
    """The place in that order, from 1, of a user's `nth` (from 1) task, when each user (in turn) has `counts` waiting.

    `nth - 1` whole rounds come first, and of its own round those whose turn is earlier.
    """
    turn = users.index(user_id) if user_id in users else len(users)
    earlier = sum(min(counts[user], nth if i < turn else nth - 1) for i, user in enumerate(users) if i != turn)
    return earlier + nth
