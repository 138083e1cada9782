"""A pile that things are put on: a domain of the smallest size, so that the core is tested without any service."""

from typing import Any, ClassVar

from pymongo import ASCENDING, IndexModel

from common.events import Event, Recorded, State
from common.messages import Message
from common.projections import View
from common.relay import Tells


class Added(Event):
    """Something was put on the pile."""

    name: ClassVar[str] = "Added"
    amount: int


class Emptied(Event):
    """The pile is gone."""

    name: ClassVar[str] = "Emptied"


class Noted(Event):
    """Nobody else's business."""

    name: ClassVar[str] = "Noted"


class Pile(State):
    """How much there is."""

    total: int = 0


def evolve(pile: Pile, event: Event) -> Pile:
    """The pile after one more event."""
    match event:
        case Added():
            return pile.but(total=pile.total + event.amount)
        case Emptied():
            return Pile()
        case _:
            return pile


def fold(document: dict[str, Any] | None, recorded: Recorded) -> dict[str, Any] | None:
    """The document of one pile after one more event."""
    match recorded.event:
        case Added(amount=amount):
            return {"total": (document or {"total": 0})["total"] + amount, "at": recorded.at}
        case Emptied():
            return None
        case _:
            return document


PILES = View("piles", "pile", fold, key=int, indexes=[IndexModel([("total", ASCENDING)])], tallied={"visits": 0})


class PileGrew(Message):
    """The public message of `Added`."""

    publisher: ClassVar[str] = "piles"
    name: ClassVar[str] = "PileGrew"
    amount: int


TELLS: Tells = {Added: lambda event: PileGrew(amount=event.amount)}
