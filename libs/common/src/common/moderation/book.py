"""What a file of rules may say, checked; and how an operator's file is laid over the one that comes with the platform.

`rules.toml` explains the keys.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from common.moderation.folding import fold

GROWING = ("words", "phrases", "innocent", "things")  # an operator's file adds to these; other keys it replaces


def _latin(text: str) -> str:
    if not all(word.isascii() and word.isalpha() for word in text.split()) or not text.strip():
        raise ValueError(f"{text!r} is not made of Latin letters and blanks; other texts are phrases")
    return text


def _solid(text: str) -> str:
    folded = "".join(map(fold, text))
    if not folded.isalnum():
        raise ValueError(f"{text!r} is not one phrase without blanks and signs")
    return text


def _either(text: str) -> str:
    return _latin(text) if text.isascii() else _solid(text)


class Severity(StrEnum):
    """What a finding means for a text that others shall see."""

    REVIEW = "review"  # a person decides
    REJECT = "reject"


class WordList(BaseModel):
    """What a rule looks for, or a list that strikes only together with another."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    words: tuple[Annotated[str, AfterValidator(_latin)], ...] = ()
    phrases: tuple[Annotated[str, AfterValidator(_solid)], ...] = ()
    innocent: tuple[Annotated[str, AfterValidator(_either)], ...] = ()
    ages: bool = False
    things: tuple[Annotated[str, AfterValidator(_either)], ...] = ()


class Amendment(WordList):
    """What an operator's file says of a rule: of a new one everything, of a known one what shall be different."""

    id: str = Field(pattern=r"^[a-z_]+\.[a-z_]+$")
    label: str = Field("", min_length=1)
    severity: Severity = Severity.REJECT
    shown: bool = False
    together: tuple[str, ...] = ()


class RuleTable(Amendment):
    """One whole rule."""

    label: str = Field(min_length=1)
    severity: Severity


class Amendments(BaseModel):
    """An operator's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    rules: tuple[Amendment, ...] = ()
    lists: Mapping[Annotated[str, Field(pattern=r"^[a-z_]+$")], WordList] = {}


class Book(Amendments):
    """A whole set of rules."""

    rules: tuple[RuleTable, ...] = ()

    @model_validator(mode="after")
    def _lists_are_known(self) -> "Book":
        for rule in self.rules:
            unknown = [name for name in rule.together if name not in self.lists]
            if unknown:
                raise ValueError(f"{rule.id} asks for the list {unknown[0]!r}, which there is not")
        return self

    def amended(self, own: Amendments) -> "Book":
        """These rules and an operator's: words are added to those of the same rule or list, other keys replaced.

        Raises:
            ValueError: a new rule lacks its label or severity, or asks for a list that there is not.
        """
        rules = {rule.id: rule.model_dump() for rule in self.rules}
        for amendment in own.rules:
            if amendment.id not in rules and not {"label", "severity"} <= amendment.model_fields_set:
                raise ValueError(f"{amendment.id} is a new rule and needs a label and a severity")
            rules[amendment.id] = _amended(rules.get(amendment.id, {}), amendment)
        lists = {name: table.model_dump() for name, table in self.lists.items()}
        for name, table in own.lists.items():
            lists[name] = _amended(lists.get(name, {}), table)
        return Book.model_validate({"rules": list(rules.values()), "lists": lists})


def _amended(known: Mapping[str, Any], own: WordList) -> dict[str, Any]:
    said = own.model_dump(exclude_unset=True)
    added = {key: [*known.get(key, ()), *said[key]] for key in GROWING if key in said}
    return {**known, **said, **added}
