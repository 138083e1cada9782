"""Where in a skeleton something was found."""

from typing import NamedTuple


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of a skeleton fit this rule."""

    start: int
    end: int
    rule: str
