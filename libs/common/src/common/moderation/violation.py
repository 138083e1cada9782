"""The refusal of a text that breaks a rule, the same in every service."""

from collections.abc import Iterable, Mapping

from common.errors import Invalid
from common.moderation.book import Severity
from common.moderation.force import rule_book
from common.moderation.rules import Finding


class ContentViolation(Invalid):
    """A rule strikes; `details` names the field, the rule and the words."""

    code = "CONTENT_VIOLATION"
    message = "内容不符合社区规范"


def ensure_lawful(texts: Mapping[str, str], *, unwanted: Mapping[str, str] | None = None) -> None:
    """Refuse texts, by the name of their field, in which a rule of severity "reject" finds something.

    `unwanted` are texts that name what shall not be in a picture: rules against showing a thing do not strike there.

    Raises:
        ContentViolation: with one detail for each field and rule.
    """
    found = [(field, finding) for field, text in texts.items() for finding in rule_book().findings(text)]
    found += [(field, f) for field, text in (unwanted or {}).items() for f in rule_book().findings(text, unwanted=True)]
    _refuse((field, finding) for field, finding in found if finding.rule.severity is Severity.REJECT)


def ensure_publishable(texts: Mapping[str, str]) -> None:
    """Refuse short texts, by the name of their field, that everybody sees at once and nobody reviews: comments, names.

    Where no person decides, "review" refuses like "reject". A rule of severity "review" against what a picture shows
    (`shown`) does not: a comment may speak of the nude, the casino or the war that it sees.

    Raises:
        ContentViolation: with one detail for each field and rule.
    """
    found = [(field, finding) for field, text in texts.items() for finding in rule_book().findings(text)]
    _refuse((field, f) for field, f in found if f.rule.severity is Severity.REJECT or not f.rule.shown)


def _refuse(found: Iterable[tuple[str, Finding]]) -> None:
    details = [detail(field, finding.rule.id, finding.rule.label, finding.words) for field, finding in found]
    if details:
        raise ContentViolation(details=details)


def detail(field: str, rule: str, label: str, words: Iterable[str]) -> dict[str, str]:
    """One entry of an error's `details`: what a person reads, then rule and words by themselves."""
    struck = "、".join(words)
    return {"field": field, "message": f"{label}：{struck}", "rule": rule, "words": struck}
