"""Keys that a database could take for an operator or a path are refused, wherever they stand in a request."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import Request

from common.errors import Invalid

PLAIN = "^[^$.]*$"


def require_plain(keys: Iterable[str]) -> None:
    """Raises `Invalid`, which names the first few, where any of the keys holds `$` or `.`."""
    refused = [key for key in dict.fromkeys(keys) if "$" in key or "." in key]
    if refused:
        raise Invalid(details=[{"field": key[:100], "message": "字段名不能包含$或."} for key in refused[:10]])


async def plain_query(request: Request) -> None:
    """A dependency of every route: `require_plain` of the query."""
    require_plain(request.query_params)


def keys_of(value: Any) -> Iterator[str]:
    """Every key of a JSON value, at any depth."""
    found = [value]
    while found:
        match found.pop():
            case dict() as mapping:
                yield from mapping
                found.extend(mapping.values())
            case list() as items:
                found.extend(items)
