"""Whether an answer keeps what a row promises."""

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import httpx
from document.table import Check

Json = Any
MISSING = object()


def is_time(value: Json) -> bool:
    """UTC, ISO 8601, with Z."""
    return isinstance(value, str) and value.endswith("Z") and datetime.fromisoformat(value).tzinfo is not None


def is_integer(value: Json) -> bool:
    """A whole number, and no boolean."""
    return isinstance(value, int) and not isinstance(value, bool)


MATCHERS: Mapping[str, Callable[[Json], bool]] = {
    "<text>": lambda v: isinstance(v, str) and v != "",
    "<string>": lambda v: isinstance(v, str),
    "<integer>": is_integer,
    "<id>": lambda v: is_integer(v) and 0 < v < 2**53,
    "<count>": lambda v: is_integer(v) and v >= 0,
    "<number>": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "<boolean>": lambda v: isinstance(v, bool),
    "<time>": is_time,
    "<time or null>": lambda v: v is None or is_time(v),
    "<address>": lambda v: isinstance(v, str) and re.match(r"https?://", v) is not None,
    "<address or null>": lambda v: v is None or re.match(r"https?://", v) is not None,
    "<list>": lambda v: isinstance(v, list),
    "<texts>": lambda v: isinstance(v, list) and all(isinstance(item, str) for item in v),
    "<task id>": lambda v: isinstance(v, str) and re.fullmatch(r"task_\S+", v) is not None,
    "<image id>": lambda v: isinstance(v, str) and re.fullmatch(r"img_\S+", v) is not None,
    "<jwt>": lambda v: isinstance(v, str) and v.count(".") == 2,
    "<chinese>": lambda v: isinstance(v, str) and re.search(r"[\u4e00-\u9fff]", v) is not None,
    "<present>": lambda v: v is not MISSING,
    "<absent>": lambda v: v is MISSING,
}


def value_at(body: Json, path: str) -> Json:
    """`data.works.0.id` of an answer; `MISSING` where there is no such thing."""
    for step in path.split("."):
        if isinstance(body, list) and step.isdigit() and int(step) < len(body):
            body = body[int(step)]
        elif isinstance(body, dict) and step in body:
            body = body[step]
        else:
            return MISSING
    return body


def check_envelope(answer: httpx.Response) -> None:
    """Every answer of the API is a success or an error, in the document's words."""
    body = answer.json()
    if answer.status_code < 400:
        assert body["success"] is True
        assert "data" in body or isinstance(body.get("message"), str)
        assert "error" not in body
        return
    assert body["success"] is False
    assert MATCHERS["<chinese>"](body["error"]), body["error"]
    assert re.fullmatch(r"[A-Z][A-Z_]+", body["code"])
    for detail in body.get("details", []):
        assert {"field", "message"} <= detail.keys()
        assert isinstance(detail["message"], str)


def check_answer(answer: httpx.Response, check: Check, meant: Callable[[Json], Json]) -> None:
    """Raises an assertion that says what was expected; `meant` puts real names and ids into expected texts."""
    said = f"{answer.request.method} {answer.request.url} -> {answer.status_code} {answer.text[:600]}"
    check_envelope(answer)
    if check.status is None:
        assert answer.status_code < 300, said
    else:
        assert answer.status_code == check.status, said
    body = answer.json()
    assert check.code in (None, body.get("code")), said
    assert check.message in (None, body.get("message")), said
    if check.names is not None:
        blamed = [str(detail["field"]) for detail in body.get("details", [])]
        assert any(check.names in field.split(".") for field in blamed), said
    for path, expected in check.values.items():
        _check_value(value_at(body, path), meant(expected), f"{path} of {said}")
    for name, pattern in check.headers.items():
        assert re.fullmatch(pattern, answer.headers.get(name, "")), f"{name}: {answer.headers.get(name)} of {said}"


def _check_value(value: Json, expected: Json, said: str) -> None:
    if isinstance(expected, str) and expected in MATCHERS:
        assert MATCHERS[expected](value), f"expected {expected}, got {value!r}: {said}"
    else:
        assert value == expected, f"expected {expected!r}, got {value!r}: {said}"
