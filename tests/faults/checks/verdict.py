"""What a check says, and what checks have in common."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from faults.situation import Json, Situation


@dataclass(frozen=True)
class Verdict:
    """How many were promised, what is missing or wrong, what is there too often, and what `more` there is to tell."""

    promise: str
    promised: int
    losses: Sequence[str]
    doubles: Sequence[str] = ()
    more: str = ""

    @property
    def kept(self) -> bool:
        """Whether nothing is missing, wrong or there too often."""
        return not self.losses and not self.doubles


Check = Callable[[Situation], Verdict]


def compared(what: str, promised: int, wanted: Counter[int], found: dict[int, int]) -> Verdict:
    losses = [f"{key} has {n} of {wanted[key]} {what}" for key, n in found.items() if n < wanted[key]]
    doubles = [f"{key} has {n} instead of {wanted[key]} {what}" for key, n in found.items() if n > wanted[key]]
    losses += [f"{key} with {wanted[key]} {what} is not there" for key in wanted.keys() - found.keys()]
    return Verdict(f"{what} are exact", promised, losses, doubles)


def by_stream(events: Iterable[Json]) -> dict[str, list[Json]]:
    streams: dict[str, list[Json]] = defaultdict(list)
    for event in sorted(events, key=lambda event: event["number"]):
        streams[event["stream"]].append(event)
    return streams
