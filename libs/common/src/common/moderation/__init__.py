"""Content rules: which texts must not be shown, and which a person should look at first."""

from common.moderation.book import Severity
from common.moderation.force import read_rules, rule_book, use_rules
from common.moderation.rules import Finding, Rule, RuleBook
from common.moderation.settings import ModerationSettings
from common.moderation.violation import ContentViolation, detail, ensure_lawful, ensure_publishable

__all__ = [
    "ContentViolation",
    "Finding",
    "ModerationSettings",
    "Rule",
    "RuleBook",
    "Severity",
    "detail",
    "ensure_lawful",
    "ensure_publishable",
    "read_rules",
    "rule_book",
    "use_rules",
]
