"""Finds stated ages under eighteen: `10yo`, `9-year-old`, `aged twelve`, `年仅16`, `十岁`, `18岁以下`.

Works on folded text. Up to three signs or blanks may stand between any two parts, digits may stand for letters
(`10 y3ars 0ld`). Every repetition is bounded, so that the time is linear in the length of the text.
"""

import re
from collections.abc import Iterable, Iterator

from common.moderation.folding import Skeleton
from common.moderation.spans import Span

_GAP = r"[\W_]{0,3}"
_LEET = {"a": "[a4]", "e": "[e3]", "i": "[i1]", "l": "[l1i]", "o": "[o0]", "s": "[s5]", "t": "[t7]"}
_NUMBERS = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety hundred"

_UNITS, _TEN = "零〇一二三四五六七八九壹贰貳叁參肆伍陆陸柒捌玖两兩俩", "十拾什"
_NUMERAL = f"{_UNITS}{_TEN}百佰千廿卅几数"
_TO = r"(?:to|or|and|[-~–—/、至到或])"


def _spelled(*words: str) -> str:
    """Any of these words, also with signs between their letters and digits for them."""
    return "|".join(_GAP.join(_LEET.get(c, c) for c in word.replace(" ", "")) for word in words)


_DIGITS = r"(?<![0-9])(?<![0-9][.,])(?:1[\W_]{0,2}[0-7o]|0?[0-9](?:\.[0-9])?)"
_WORDS = rf"(?<![a-z])(?P<older>(?:{_spelled(*_TENS.split())}){_GAP}(?:and)?)?{_GAP}(?:{_spelled(*_NUMBERS.split())})"
_CHINESE = (
    rf"(?<![{_NUMERAL}])(?<![{_TEN}][{_UNITS}][、,~\-到至])"
    rf"(?:[一壹]?[{_TEN}](?:[一二三四五六七壹贰叁肆伍陆柒]八?|[几来多])?|一[零〇一二三四五六七]"
    rf"|一二|[二两]三|三[四五]|四五|五六|六七|七八|八九|[{_UNITS}])"
)
_LATER = rf"(?:{_GAP}{_TO}{_GAP}(?:[0-9]{{1,2}}|[{_NUMERAL}]{{1,3}}))?"  # 8 to 18, 八到十八
_PERSON = "girl|boy|child|kid|teen|student|daughter|lady|woman|female|model|娘|女|男|妹|孩|童|人"
_YEARS = rf"y{_GAP}(?:{_LEET['e']}{_GAP}{_LEET['a']}{_GAP})?r{_GAP}(?:{_LEET['s']}{_GAP})?"
_OLD = (
    rf"(?:{_YEARS}(?:(?:{_spelled('old')})(?!er|est)|young(?!er|est)|of{_GAP}age|aged|(?={_PERSON}))"
    rf"|y{_GAP}{_spelled('old')}|y{_GAP}[o0](?![a-z0-9]|{_GAP}yo)|y{_GAP}[o0](?={_PERSON}))"
)
_SUI = rf"[周週虚]?{_GAP}(?:岁|sui(?![a-z]))"
_AGED = rf"(?:(?<![a-z])age[ds]?{_GAP}(?:of|is|about|around|only|just)?|年[龄纪仅方]|芳龄){_GAP}[是为约才]?{_GAP}"
_BESIDE = (  # girl, 12; a boy of 9; she is only 12
    rf"(?:(?:girl|boy|女孩|男孩|少女|女生|男生)(?:{_GAP}of)?|(?<![a-z])(?:she{_GAP}i?s|he{_GAP}i?s|only|turned|turning))"
    r"[\s,(\[]{1,3}(?:only\s|just\s)?(?:1[0-7]|[3-9])\s{0,2}(?:[,.;)\]]|$)"
)
_NO_MORE = rf"(?![0-9]|[.,][0-9]|%|{_GAP}[{_NUMERAL}])"


class AgeFinder:
    """Finds ages under eighteen, but for those of the given things: `a 10 year old whisky`, `三岁的猫`."""

    def __init__(self, rules: Iterable[str], things: Iterable[str]) -> None:
        self._rules = tuple(rules)
        of_things = "|".join(map(re.escape, sorted(things, key=len, reverse=True))) or "(?!)"
        ends = r"(?![a-z]|(?![和与跟在])[\u4e00-\u9fff])"  # a whole word: 10岁马尾 is no horse
        of_a_thing = rf"(?!{_GAP}的?{_GAP}(?:{of_things})s?{ends}(?!{_GAP}(?:{_PERSON})))"
        self._pattern = re.compile(
            rf"(?:{_DIGITS}{_LATER}|{_WORDS}{_LATER}){_GAP}{_OLD}{of_a_thing}"
            rf"|(?:{_DIGITS}|{_CHINESE}){_LATER}{_GAP}{_SUI}{of_a_thing}"
            rf"|{_AGED}(?:{_DIGITS}{_NO_MORE}(?![a-z])|{_CHINESE}{_NO_MORE}|(?:{_spelled(*_NUMBERS.split())})(?![a-z]))"
            rf"|(?<![a-z])(?:under|below|{_spelled('younger than')}|[未不没][满到])"
            rf"{_GAP}(?:the{_GAP}age{_GAP}of{_GAP})?(?:18|eighteen|十八)(?![0-9])"
            rf"|(?<![0-9])(?:18|十八){_GAP}岁{_GAP}(?:以下|之下|以内)|{_BESIDE}"
        )

    def spans(self, skeleton: Skeleton) -> Iterator[Span]:
        """Every age found, for each of the rules."""
        if not self._rules:
            return
        for match in self._pattern.finditer(skeleton.characters):
            if not match["older"]:
                yield from (Span(*match.span(), rule) for rule in self._rules)
