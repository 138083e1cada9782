"""The refusal of a text that breaks a rule, the same in every service."""

from collections.abc import Iterable, Mapping

from common.errors import Invalid
from common.moderation.rules import Severity, rule_book


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
    details = [
        detail(field, finding.rule.id, finding.rule.label, finding.words)
        for field, finding in found
        if finding.rule.severity is Severity.REJECT
    ]
    if details:
        raise ContentViolation(details=details)


def detail(field: str, rule: str, label: str, words: Iterable[str]) -> dict[str, str]:
    """One entry of an error's `details`: what a person reads, then rule and words by themselves."""
    struck = "、".join(words)
    return {"field": field, "message": f"{label}：{struck}", "rule": rule, "words": struck}
