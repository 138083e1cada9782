"""Search inside words, for Chinese and Latin alike: every text is indexed by its characters and pairs of them."""

import unicodedata
from collections.abc import Iterable


def fold(text: str) -> str:
    """The form in which texts are compared: NFKC without case, white space as single blanks."""
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return " ".join(folded.split())


def index_grams(folded: str) -> list[str]:
    """What a folded text is found by: its characters, and the pairs of neighbours within a word."""
    grams = {character for character in folded if character != " "}
    for word in folded.split():
        grams.update(_pairs(word))
    return sorted(grams)


def query_grams(terms: Iterable[str]) -> list[str]:
    """The grams that a text must have to hold every folded term; longest terms first, as the more selective."""
    grams = (gram for term in sorted(terms, key=len, reverse=True) for gram in (_pairs(term) or [term]))
    return list(dict.fromkeys(grams))


def _pairs(word: str) -> list[str]:
    return [word[i : i + 2] for i in range(len(word) - 1)]
