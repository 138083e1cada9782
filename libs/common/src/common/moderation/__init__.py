"""Content rules: which texts must not be shown, and which a person should look at first."""

from common.moderation.rules import Finding, Rule, RuleBook, Severity, rule_book
from common.moderation.violation import ContentViolation, detail, ensure_lawful, ensure_publishable

__all__ = [
    "ContentViolation",
    "Finding",
    "Rule",
    "RuleBook",
    "Severity",
    "detail",
    "ensure_lawful",
    "ensure_publishable",
    "rule_book",
]
