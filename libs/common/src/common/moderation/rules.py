"""The content rules as data, and what they find in a text. Pure: the same text always gives the same findings."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate

from common.moderation.ages import AgeFinder
from common.moderation.book import Book, Severity
from common.moderation.chinese import ChineseFinder
from common.moderation.folding import Skeleton, skeleton
from common.moderation.latin import LatinFinder
from common.moderation.spans import Span

LONGEST_QUOTE = 60  # characters


@dataclass(frozen=True)
class Rule:
    """One rule; `label` says to people (zh-CN) what it is about.

    `shown` is a rule against what a picture shows, so a text that asks for its absence may name it. Other rules are
    against the words themselves.
    """

    id: str
    label: str
    severity: Severity
    shown: bool = False


@dataclass(frozen=True)
class Finding:
    """A rule that strikes, and the words as they stand in the text."""

    rule: Rule
    words: tuple[str, ...]


class RuleBook:
    """A set of rules, ready to match; see `rules.toml` for what a rule may say."""

    def __init__(self, book: Book) -> None:
        rules = [Rule(table.id, table.label, table.severity, table.shown) for table in book.rules]
        self._rules = {rule.id: rule for rule in rules}
        self._together = {table.id: table.together for table in book.rules if table.together}
        named = {**{table.id: table for table in book.rules}, **book.lists}
        self._words = LatinFinder({name: table.words for name, table in named.items()})
        self._phrases = ChineseFinder({name: table.phrases for name, table in named.items()})
        things = [thing for table in named.values() for thing in table.things]
        self._ages = AgeFinder([name for name, table in named.items() if table.ages], things)
        innocent = [text for table in named.values() for text in table.innocent]
        self._innocent_words = LatinFinder({"": [text for text in innocent if text.isascii()]})
        self._innocent_phrases = ChineseFinder(
            {"": [text for text in innocent if not text.isascii()]}, through_gaps=False
        )

    @property
    def rules(self) -> list[Rule]:
        """Every rule, in the order of the file."""
        return list(self._rules.values())

    def findings(self, text: str, *, unwanted: bool = False) -> list[Finding]:
        """What the rules find, the gravest first. Linear in the length of the text.

        `unwanted` is a text that names what shall not be in a picture, as a negative prompt does.
        """
        folded = skeleton(text)
        spans = self._guilty(folded)
        words = {name: _quotes(text, folded, (s for s in spans if s.rule == name)) for name in {s.rule for s in spans}}
        for rule, lists in self._together.items():
            if all(name in words for name in lists):
                words[rule] = tuple(quote for name in lists for quote in words[name])
        found = [Finding(rule, words[rule.id]) for rule in self._rules.values() if rule.id in words]
        found = [finding for finding in found if not (unwanted and finding.rule.shown)]
        return sorted(found, key=lambda finding: finding.rule.severity is Severity.REVIEW)

    def _guilty(self, folded: Skeleton) -> list[Span]:
        """What was found outside the innocent words that contain it."""
        words, phrases = set(self._words.spans(folded)), set(self._phrases.spans(folded))
        spared = [*self._innocent_words.spans(folded)] if words else []
        spared += [*self._innocent_phrases.spans(folded)] if phrases else []
        reach = _reach(spared, len(folded.characters))
        spans = [span for span in words | phrases if reach[span.start] < span.end]
        return sorted([*spans, *self._ages.spans(folded)], key=lambda span: (span.start, span.end))


def _reach(spans: Iterable[Span], length: int) -> list[int]:
    """For every position, how far the spans that begin there or before reach."""
    ends = [0] * length
    for span in spans:
        ends[span.start] = max(ends[span.start], span.end)
    return list(accumulate(ends, max))


def _quotes(text: str, folded: Skeleton, spans: Iterable[Span]) -> tuple[str, ...]:
    """The words as they were written, each once."""
    written = (text[folded.origins[span.start] : folded.origins[span.end - 1] + 1] for span in spans)
    return tuple(dict.fromkeys(quote[:LONGEST_QUOTE] for quote in written))
