"""What is there after the faults: answers, databases, queues and logs, one value for the checks to judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from faults.recorder import Answer, Outcome

Json = dict[str, Any]


@dataclass(frozen=True)
class UserFacts:
    """What the platform tells one user. Lists are whole, over all pages."""

    id: int
    balance: int
    reserved: int
    ledger: Sequence[Json]
    tasks: Sequence[Json]
    works: Sequence[Json]
    figures: Json
    followers: int


@dataclass(frozen=True)
class PictureSeen:
    """What an address gave without a token, and the SHA-256 of the original in the object store (empty: none)."""

    status: int
    original: str = ""


@dataclass(frozen=True)
class Inbox:
    """A consumer's inbox: the ids in it, those that publishers told it, and seconds until an entry is forgotten."""

    ids: frozenset[str]
    told: frozenset[str]
    life: int | None


@dataclass(frozen=True)
class ViewContent:
    """A read model as stored, and as the log folds to."""

    stored: Mapping[Any, Json]
    folded: Mapping[Any, Json]


@dataclass(frozen=True)
class Situation:
    """Everything. `users` by name, `works` and `comments` by work, `pictures` by image id, `logs` by service.

    `faulted` is the target of each fault there was (`works`, `mongodb`, `works->s3`; see `menu`).
    `uncounted` is how many looks at a work were lost by a log line that says so, `ended` which processes nobody killed,
    `verified` what the operators' `verify` finds wrong with each service: nothing where it is empty.
    """

    answers: Sequence[Answer]
    faulted: Sequence[str]
    users: Mapping[str, UserFacts]
    works: Mapping[int, Json]
    comments: Mapping[int, Sequence[Json]]
    pictures: Mapping[str, PictureSeen]
    public_pictures: Mapping[int, PictureSeen]
    logs: Mapping[str, Sequence[Json]]
    views: Mapping[str, ViewContent]
    inboxes: Mapping[str, Inbox]
    dead_letters: Sequence[str]
    queues: Mapping[str, int]
    uncounted: Mapping[int, int]
    ended: Sequence[str]
    verified: Mapping[str, str]
    signup_credits: int

    def asked(self, what: str, *outcomes: Outcome) -> list[Answer]:
        """The answers to one kind of request, in the order of arrival; those with these outcomes, if any are named."""
        return [a for a in self.answers if a.what == what and (not outcomes or a.outcome in outcomes)]

    def events(self, service: str, *types: str) -> list[Json]:
        """The events of these types in a service's log."""
        return [event for event in self.logs[service] if event["type"] in types]
