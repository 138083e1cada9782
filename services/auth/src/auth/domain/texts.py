"""What everybody reads of a user at once, and nobody reviews, obeys the content rules. Pure."""

from collections.abc import Mapping

from common.moderation import ensure_publishable

SHOWN = ("bio", "website", "location")


def ensure_shown(texts: Mapping[str, str]) -> None:
    """Judge a user name and what else of a profile is public; other fields pass.

    In a name `_` stands for a blank, or hides a word: it is read as words, and as one.

    Raises:
        ContentViolation: with one detail for each field and rule.
    """
    shown = {field: texts[field] for field in SHOWN if field in texts}
    name = texts.get("username", "")
    ensure_publishable({**shown, "username": name.replace("_", " ")})
    ensure_publishable({"username": name.replace("_", "")})
