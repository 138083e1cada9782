"""Loaded by schemathesis (`SCHEMATHESIS_HOOKS`): a rule about requests that a JSON Schema cannot say."""

from typing import Any

import schemathesis


@schemathesis.hook
def filter_body(_context: schemathesis.HookContext, body: Any) -> bool:
    """Leave out bodies with `$` or `.` in a nested key, which are 422; the document says it of the outermost only."""
    return not isinstance(body, dict) or all(plain(value) for value in body.values())


def plain(value: Any) -> bool:
    """Whether no key at any depth holds `$` or `.`."""
    if isinstance(value, dict):
        return all("$" not in key and "." not in key and plain(part) for key, part in value.items())
    return not isinstance(value, list) or all(map(plain, value))
