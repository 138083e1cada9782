"""Reading a prompt: from words to what the picture shall show. Pure."""

import hashlib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from generation.sketch.words import FILLER, TABLE

Meanings = tuple[str, ...]

_LATIN = re.compile(r"[a-z]+(?:-[a-z]+)*")
_LONGEST_PHRASE = 3


@dataclass(frozen=True)
class Scene:
    """What the words mean; an empty `time` or `settings` leaves the choice to the painter.

    `salt` stands for the words nobody taught us: it steers free choices, 0 when every word is known.
    """

    subjects: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    sky: tuple[str, ...] = ()
    time: str = ""
    weather: str = "clear"
    season: str = ""
    ground: str = ""
    palette: str = ""
    colours: tuple[str, ...] = ()
    moods: tuple[str, ...] = ()
    salt: int = 0


@dataclass(frozen=True)
class _Lexicon:
    chinese: dict[str, Meanings]
    latin: dict[str, Meanings]
    longest: int


@cache
def _lexicon() -> _Lexicon:
    chinese: dict[str, Meanings] = {}
    latin: dict[str, Meanings] = {}
    for word in FILLER.split():
        (latin if word.isascii() else chinese)[word] = ()
    for line in TABLE.strip().splitlines():
        meanings, zh, en = (part.strip() for part in line.split("|"))
        chinese.update(dict.fromkeys(zh.split(), tuple(meanings.split())))
        latin.update(dict.fromkeys((w.strip() for w in en.split(",") if w.strip()), tuple(meanings.split())))
    return _Lexicon(chinese, latin, max(map(len, chinese)))


def read(prompt: str, negative_prompt: str = "") -> Scene:
    """What `prompt` asks for, without whatever `negative_prompt` names. Never fails, whatever the text."""
    found, unknown = _meanings(prompt)
    unwanted = {meaning.lstrip("~") for meaning in _meanings(negative_prompt)[0] if not meaning.startswith("~")}
    wanted = [meaning for meaning in found if meaning.lstrip("~") not in unwanted]
    return Scene(
        subjects=_all(wanted, "subject"),
        settings=_all(wanted, "setting"),
        sky=_all(wanted, "sky"),
        time=_first(wanted, "time"),
        weather=_first(wanted, "weather") or "clear",
        season=_first(wanted, "season"),
        ground=_first(wanted, "ground"),
        palette=_first(wanted, "palette"),
        colours=_all(wanted, "colour"),
        moods=_all(wanted, "mood"),
        salt=_salt(unknown),
    )


def _meanings(text: str) -> tuple[list[str], list[str]]:
    """Meanings in the order of the text, and the words that have none."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    found: list[str] = []
    unknown: list[str] = []
    for known, word in _words(folded):
        if known is None:
            unknown.append(word)
        else:
            found.extend(known)
    return found, unknown


def _words(text: str) -> Iterator[tuple[Meanings | None, str]]:
    at = 0
    while at < len(text):
        word, known = _latin_at(text, at) or _chinese_at(text, at) or (text[at], None)
        if known is not None or word.isalnum():
            yield known, word
        at += len(word)


def _latin_at(text: str, at: int) -> tuple[str, Meanings | None] | None:
    first = _LATIN.match(text, at)
    if first is None:
        return None
    ends = [first.end()]
    while len(ends) < _LONGEST_PHRASE and (gap := re.compile(r"\s+").match(text, ends[-1])):
        following = _LATIN.match(text, gap.end())
        if following is None:
            break
        ends.append(following.end())
    for end in reversed(ends):
        known = _known_latin(" ".join(text[at:end].split()))
        if known is not None:
            return text[at:end], known
    return first.group(), None


def _known_latin(phrase: str) -> Meanings | None:
    latin = _lexicon().latin
    singulars = (phrase, phrase.removesuffix("s"), phrase.removesuffix("es"), phrase.removesuffix("ies") + "y")
    return next((latin[word] for word in singulars if word in latin), None)


def _chinese_at(text: str, at: int) -> tuple[str, Meanings | None] | None:
    lexicon = _lexicon()
    for length in range(min(lexicon.longest, len(text) - at), 0, -1):
        word = text[at : at + length]
        if word in lexicon.chinese:
            return word, lexicon.chinese[word]
    return None


def _all(meanings: list[str], kind: str) -> tuple[str, ...]:
    named = (m.lstrip("~").removeprefix(f"{kind}:") for m in meanings if m.lstrip("~").startswith(f"{kind}:"))
    return tuple(dict.fromkeys(named))


def _first(meanings: list[str], kind: str) -> str:
    """The first plain statement of this kind, else the first suggestion, else nothing."""
    stated = [m for m in meanings if m.startswith(f"{kind}:")]
    suggested = [m for m in meanings if m.startswith(f"~{kind}:")]
    return (stated + suggested + [":"])[0].partition(":")[2]


def _salt(words: list[str]) -> int:
    if not words:
        return 0
    return int.from_bytes(hashlib.sha256(" ".join(words).encode("utf-8", "surrogatepass")).digest()[:6], "big")
