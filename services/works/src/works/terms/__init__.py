"""The terms of labelling (办法 Art. 8): a file for each version, `2026-11.md`, never edited, only added."""

from functools import cache
from importlib.resources import files

_ENDING = ".md"


@cache
def texts() -> dict[str, str]:
    """Every version's text in Markdown, the oldest first."""
    folder = files("works.terms").iterdir()
    found = {file.name.removesuffix(_ENDING): file for file in folder if file.name.endswith(_ENDING)}
    return {version: found[version].read_text(encoding="utf-8") for version in sorted(found)}


def current() -> str:
    """The version that must be accepted now."""
    return list(texts())[-1]
