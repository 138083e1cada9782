"""The rules in force in this process: those that come with the platform, and the operator's over them."""

import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path

from pydantic import ValidationError

from common.moderation.book import Amendments, Book
from common.moderation.rules import RuleBook


class _Force:
    """One set for the whole process, as log level and time zone are."""

    book: RuleBook | None = None


def rule_book() -> RuleBook:
    """The rules in force."""
    return _Force.book or _built_in()[1]


def use_rules(file: Path | None) -> None:
    """From now on, the operator's file over the built-in rules; without a file the built-in ones alone.

    Raises:
        ValueError: see `read_rules`.
    """
    _Force.book = None if file is None else read_rules(file)


@cache
def read_rules(file: Path) -> RuleBook:
    """The built-in rules with the operator's file over them, read once: settings try it, then it comes into force.

    Raises:
        ValueError: a sentence that says what is wrong with the file, and where.
    """
    try:
        said = tomllib.loads(file.read_text("utf-8"))
        return RuleBook(_built_in()[0].amended(Amendments.model_validate(said)))
    except ValidationError as error:
        problem = error.errors()[0]
        place = ".".join(map(str, problem["loc"])) or "the rules"
        raise ValueError(f"{file}: {place}: {problem['msg']}") from None
    except (OSError, ValueError) as error:
        raise ValueError(f"{file} cannot be read as rules: {error}") from None


@cache
def _built_in() -> tuple[Book, RuleBook]:
    text = files("common.moderation").joinpath("rules.toml").read_text("utf-8")
    book = Book.model_validate(tomllib.loads(text))
    return book, RuleBook(book)
