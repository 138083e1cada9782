"""Finds Chinese phrases, also with signs, emoji or blanks between their characters.

A sign between two characters is looked through. A blank, a slash or a single Latin letter or digit is so only beside a
character that stands alone (`色 情`, `色1情`), and a full stop or bracket only where every character stands alone:
`红色 情侣` and `红色。情侣` are innocent. A comma is as a full stop, but two characters about one are an enumeration.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from common.moderation.folding import Skeleton, fold
from common.moderation.spans import Span

_COMMAS = frozenset(",;:、，；：")
_STOPS = frozenset('!?。！？()[]{}<>《》〈〉「」『』【】"“”\n')
_INSERTED = re.compile(r"(?<=[\u3400-\u9fff])[a-z0-9](?=[\u3400-\u9fff])")
_BLANKS = frozenset("/\\|·&+・")
NONE, SIGN, BLANK, STOP, COMMA = range(5)


class _Unit(NamedTuple):
    """One character that counts, what stands before it, and how many stand together unseparated with it."""

    character: str
    position: int
    gap: int
    together: int


class ChineseFinder:
    """Finds the given phrases by rule; with `through_gaps` also those whose characters are set apart."""

    def __init__(self, phrases: Mapping[str, Iterable[str]], *, through_gaps: bool = True) -> None:
        self._rules: dict[str, list[str]] = {}
        self._beginnings: set[str] = set()
        self._through_gaps = through_gaps
        for rule, several in phrases.items():
            for phrase in several:
                folded = "".join(map(fold, phrase))
                self._rules.setdefault(folded, []).append(rule)
                self._beginnings.update(folded[:n] for n in range(1, len(folded) + 1))

    def spans(self, skeleton: Skeleton) -> Iterator[Span]:
        """Every phrase found, in the text as it stands and without single Latin letters and digits inside Chinese."""
        yield from self._in(_units(skeleton.characters))
        if self._through_gaps and _INSERTED.search(skeleton.characters):
            yield from self._in(_units(_INSERTED.sub(" ", skeleton.characters)))

    def _in(self, units: list[_Unit]) -> Iterator[Span]:
        for first, unit in enumerate(units):
            phrase, last = unit.character, first
            while phrase in self._beginnings:
                if phrase in self._rules and self._stands(units, first, last):
                    span = unit.position, units[last].position + 1
                    yield from (Span(*span, rule) for rule in self._rules[phrase])
                last += 1
                if last == len(units) or not self._belongs(units[last - 1], units[last]):
                    break
                phrase += units[last].character

    def _belongs(self, before: _Unit, unit: _Unit) -> bool:
        if unit.gap == NONE or not self._through_gaps:
            return unit.gap == NONE
        alone = (before.together == 1) + (unit.together == 1)
        return alone >= {SIGN: 0, BLANK: 1, STOP: 2, COMMA: 2}[unit.gap]

    def _stands(self, units: list[_Unit], first: int, last: int) -> bool:
        """Not a part of a longer Latin word or number, and no mere enumeration of two characters."""
        if _continues(units, first - 1, first) or _continues(units, last, last + 1):
            return False
        return last - first > 1 or last == first or units[last].gap != COMMA


def _continues(units: list[_Unit], left: int, right: int) -> bool:
    if left < 0 or right == len(units) or units[right].gap != NONE:
        return False
    return units[left].character.isascii() and units[right].character.isascii()


def _units(text: str) -> list[_Unit]:
    """The characters that count, with the gaps between them and the lengths of unseparated runs."""
    found: list[tuple[str, int, int]] = []
    gap = NONE
    for position, character in enumerate(text):
        if character.isalnum():
            found.append((character, position, gap))
            gap = NONE
        else:
            gap = max(gap, _gap(character))
    starts = [n for n, (_, _, before) in enumerate(found) if before != NONE or n == 0]
    units: list[_Unit] = []
    for start, end in pairwise([*starts, len(found)]):
        units += [_Unit(*found[n], together=end - start) for n in range(start, end)]
    return units


def _gap(character: str) -> int:
    if character in _COMMAS:
        return COMMA
    if character in _STOPS:
        return STOP
    return BLANK if character.isspace() or character in _BLANKS else SIGN
