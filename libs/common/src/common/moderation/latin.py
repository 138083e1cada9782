"""Finds whole words and word sequences written in Latin letters, spelled out, masked, stretched or in digits.

A word counts only as a whole, so that an innocent word containing it passes. Letters set apart by punctuation belong
together (`p.o.r.n`); set apart by blanks they do so only where each stands alone (`p o r n`), never as `pen is`.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from common.moderation.folding import Skeleton
from common.moderation.spans import Span

_LEET = tuple(str.maketrans("034578@$€+®©1!|", f"oeastbasetrc{3 * bar}") for bar in "il")
_LEET_WRITTEN = re.compile(r"[0134578@$€+®©|!]")
_MASK = re.compile(r"(?<=[a-z])[*#](?=[a-z*#])|(?<=[a-z][*#])[*#]+(?=[a-z])")
_TOKEN = re.compile(r"[a-z](?:[a-z*]*[a-z])?")
_STRETCHED = re.compile(r"([a-z])\1\1+")
_STANDS_ALONE = frozenset("ai")  # English words of one letter: not a part of a spelled word beside them


class _Term(NamedTuple):
    """A word sequence of a rule; `breaks` are the offsets in its joined letters at which a blank may stand."""

    rule: str
    breaks: frozenset[int]


class _Token(NamedTuple):
    """A run of letters; `apart` says what stands before it: "" for signs at most, " " a blank, "x" another script."""

    letters: str
    start: int
    end: int
    apart: str


class LatinFinder:
    """Finds the given terms: rule name -> words and word sequences in plain letters."""

    def __init__(self, terms: Mapping[str, Iterable[str]]) -> None:
        self._terms: dict[str, list[_Term]] = {}
        self._beginnings: set[str] = set()
        for rule, sequences in terms.items():
            for sequence in sequences:
                self._learn(rule, sequence.lower().split())

    def _learn(self, rule: str, words: Sequence[str]) -> None:
        ends = [sum(map(len, words[: n + 1])) for n in range(len(words))]
        term = _Term(rule, frozenset(ends[:-1]))
        for spelling in _spellings("".join(words)):
            self._terms.setdefault(spelling, []).append(term)
            self._beginnings.update(spelling[:n] for n in range(1, len(spelling) + 1))

    def spans(self, skeleton: Skeleton) -> Iterator[Span]:
        """Every term found, each reading of the text considered."""
        return (span for span in self._read(skeleton) if not _in_a_number(skeleton.characters, span))

    def _read(self, skeleton: Skeleton) -> Iterator[Span]:
        for reading in _readings(skeleton.characters):
            tokens = _tokens(reading)
            yield from self._in(tokens)
            if any(_doubled(token.letters) for token in tokens):
                yield from self._in(
                    [token._replace(letters=_doubled(token.letters) or token.letters) for token in tokens]
                )
            if _STRETCHED.search(reading):
                yield from self._in(_squeezed(tokens, r"\1"))
                yield from self._in(_squeezed(tokens, r"\1\1"))

    def _in(self, tokens: Sequence[_Token]) -> Iterator[Span]:
        for first in range(len(tokens)):
            joined, breaks, spelled = "", frozenset[int](), False
            for last in range(first, len(tokens)):
                token = tokens[last]
                if last > first:
                    if token.apart == "x":
                        break
                    single = len(token.letters) == 1 == len(tokens[last - 1].letters)
                    spelled = spelled or single
                    if token.apart == " " and not single:
                        breaks |= {len(joined)}
                joined += token.letters
                if joined not in self._beginnings:
                    break
                fits = [term for term in self._terms.get(joined, ()) if breaks <= term.breaks]
                if fits and not (spelled and _continues(tokens, first, last)):
                    yield from (Span(tokens[first].start, token.end, term.rule) for term in fits)


def _in_a_number(text: str, span: Span) -> bool:
    """Whether it is half digits and more stand beside it: `15d` in the name `a_915d2642`, but not `s3x` in `s3x69`."""
    written = text[span.start : span.end]
    beside = text[max(0, span.start - 1) : span.start] + text[span.end : span.end + 1]
    return any(c.isdigit() for c in beside) and 2 * sum(c.isdigit() for c in written) >= len(written)


def _continues(tokens: Sequence[_Token], first: int, last: int) -> bool:
    """Whether a spelled word goes on beyond these tokens: `s e x` inside `e s s e x`."""
    before = first > 0 and tokens[first].apart != "x" and _letter(tokens[first - 1])
    after = last + 1 < len(tokens) and tokens[last + 1].apart != "x" and _letter(tokens[last + 1])
    return before or after


def _letter(token: _Token) -> bool:
    return len(token.letters) == 1 and token.letters not in _STANDS_ALONE


def _readings(text: str) -> Iterator[str]:
    """The text as it stands; with digits and signs read as letters; with masked letters. Positions stay."""
    plain = text.replace("*", ".")
    yield plain
    if _LEET_WRITTEN.search(text):
        yield from (plain.translate(table) for table in _LEET)
    if _MASK.search(text):
        yield _MASK.sub(lambda match: "*" * len(match[0]), text)


def _tokens(text: str) -> list[_Token]:
    tokens: list[_Token] = []
    end = 0
    for match in _TOKEN.finditer(text):
        tokens.append(_Token(match[0], match.start(), match.end(), _apart(text[end : match.start()])))
        end = match.end()
    return tokens


def _apart(between: str) -> str:
    blank = any(c.isspace() for c in between)
    if any(c.isalpha() or (blank and c.isdigit()) for c in between):  # another script, or numbers as in `F-16, U-2`
        return "x"
    return " " if blank else ""


def _squeezed(tokens: Sequence[_Token], kept: str) -> list[_Token]:
    """Stretched words in their plain form: `pooorn`, `pusssy`."""
    return [token._replace(letters=_STRETCHED.sub(kept, token.letters)) for token in tokens]


def _doubled(letters: str) -> str:
    """`porn` of `ppoorrnn`; empty unless each letter stands twice."""
    return letters[::2] if len(letters) > 2 and letters[::2] == letters[1::2] else ""


def _spellings(word: str) -> set[str]:
    """The word itself, and with one or all of its inner letters masked."""
    masked = {f"{word[:n]}*{word[n + 1 :]}" for n in range(1, len(word) - 1)}
    return {word, *masked, word[0] + "*" * (len(word) - 2) + word[-1]} if len(word) > 2 else {word}
