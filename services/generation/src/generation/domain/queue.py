"""Whose turn it is: users take turns, the one served longest ago first; within a user the oldest task first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Waiting:
    """The oldest waiting task of one user, and how many tasks that user has waiting."""

    task_id: str
    user_id: int
    attempt: int
    since: datetime
    count: int
    correlation_id: str


def in_turn(heads: Sequence[Waiting], last_served: Mapping[int, datetime]) -> list[Waiting]:
    """The heads, one a user, in the order in which they should be started."""
    return sorted(heads, key=lambda head: (last_served.get(head.user_id, NEVER), head.since))


def place(line: Sequence[Waiting], user_id: int, nth: int) -> int:
    """The place in the queue, from 1, of a user's `nth` (from 1) waiting task, if nobody joins.

    In each round every user of `line` (in turn) gets one task, so `nth - 1` whole rounds come first.
    """
    turn = next((i for i, head in enumerate(line) if head.user_id == user_id), len(line))
    earlier = sum(min(head.count, nth if i < turn else nth - 1) for i, head in enumerate(line) if i != turn)
    return earlier + nth
