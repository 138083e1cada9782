"""OpenAPI: what FastAPI cannot see in a route's signature, said beside the route, and every refusal in the document."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI

from common.errors import AppError, BadRequest, Invalid, NotFound, TooLarge, Unauthorized, Unavailable, UnsupportedMedia
from common.http.bodies import NOT_BLANK, PRINTABLE, ErrorReply

Json = dict[str, Any]

SHARED = ("Done", "ErrorReply", "FieldError", "Pagination")
"""Schemas that are the same in every service."""

HEADERS: Json = {
    "X-Correlation-ID": {
        "description": "本次请求的关联编号：取自请求的同名请求头（8到64个字母、数字、`_.-`），否则由平台生成",
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9_.-]{8,64}$"},
    },
    "Retry-After": {"description": "多少秒后再试", "schema": {"type": "integer", "minimum": 1}},
    "X-RateLimit-Limit": {"description": "这一时段允许的请求数", "schema": {"type": "integer", "minimum": 0}},
    "X-RateLimit-Remaining": {"description": "这一时段剩余的请求数", "schema": {"type": "integer", "minimum": 0}},
    "X-RateLimit-Reset": {
        "description": "何时恢复：自1970年起的秒数",
        "schema": {"type": "integer", "minimum": 0},
    },
}
RATE_LIMIT = ("X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset")

_VERBS = ("get", "put", "post", "delete", "patch")
_JSON = "application/json"
_EXAMPLE = "x-example"
_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")


class DescribedApp(FastAPI):
    """A FastAPI whose document names every refusal, not only the successes."""

    def openapi(self) -> Json:
        """See `FastAPI.openapi`."""
        if self.openapi_schema is None:
            self.openapi_schema = completed(super().openapi())
        return self.openapi_schema


def refusals(*errors: type[AppError]) -> dict[int | str, Json]:
    """`responses` of a route: the refusals that are its own.

    What a route's signature tells (a token, a body, fields with codes) is added by itself.

    Example:
        @router.post("/api/users/register", responses=refusals(UserExists))
    """
    operation: Json = {"responses": {}}
    for error in errors:
        add_refusal(operation, error.status, error.code, error.message)
    return {int(status): response for status, response in operation["responses"].items()}


def example(*, body: Json | None = None, data: Any = None, message: str = "操作成功", status: int = 200) -> Json:
    """`openapi_extra` of a route: one request, and `data` and message of its answer (no `data`: none is answered)."""
    reply = {"success": True, **({} if data is None else {"data": data}), "message": message}
    said = {"body": body, "status": str(status), "reply": reply}
    return {_EXAMPLE: orjson.dumps(said).decode()}  # as text: FastAPI drops every null from a document


def operations(document: Json) -> Iterator[tuple[str, str, Json]]:
    """Path, lower-case method and operation of everything in a document."""
    for path, item in document["paths"].items():
        for method in _VERBS:
            if method in item:
                yield path, method, item[method]


def add_refusal(operation: Json, status: int, code: str, message: str) -> None:
    """Add one error to an operation's answers: to the codes of its status, with an example."""
    response = operation["responses"].setdefault(str(status), {"description": ""})
    content = response.setdefault("content", {}).setdefault(_JSON, _envelope())
    codes = content["schema"]["allOf"][1]["properties"]["code"]["enum"]
    if code not in codes:
        codes.append(code)
        value = {"success": False, "error": message, "code": code}
        content["examples"][code] = {"summary": message, "value": value}
    elif message not in content["examples"][code]["summary"]:
        content["examples"][code]["summary"] += f"，或{message}"
    response["description"] = "；".join(f"`{name}` {case['summary']}" for name, case in content["examples"].items())


def methods_at(document: Json, path: str) -> list[str]:
    """The methods, in upper case, that a document has for a path; a literal path comes before a templated one."""
    fitting = [template for template in document["paths"] if _pattern(template).fullmatch(path)]
    template = min(fitting, key=lambda found: found.count("{"), default=None)
    return [] if template is None else [verb.upper() for verb in _VERBS if verb in document["paths"][template]]


@cache
def _pattern(template: str) -> re.Pattern[str]:
    return re.compile("[^/]+".join(map(re.escape, re.split(r"\{[^/}]+\}", template))))


def completed(document: Json) -> Json:
    """The document with the refusals that signatures tell of, and the headers of every answer."""
    for _, _, operation in operations(document):
        _complete(operation)
    _demand_more_than_blanks(document)
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    envelope = ErrorReply.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas |= envelope.pop("$defs") | {"ErrorReply": envelope}
    for schema in schemas.values():
        schema.pop("description", None)  # a class's docstring, written for its developers
    components["headers"] = HEADERS
    return document


def _demand_more_than_blanks(value: Any) -> None:
    """Text is trimmed before its length counts: where it may not be empty, it may not be blank."""
    if isinstance(value, dict):
        if value.get("pattern") == PRINTABLE and value.get("minLength"):
            value["pattern"] = NOT_BLANK
        for part in value.values():
            _demand_more_than_blanks(part)
    elif isinstance(value, list):
        for part in value:
            _demand_more_than_blanks(part)


def _complete(operation: Json) -> None:
    responses = operation["responses"]
    if "allOf" not in responses.get("422", {}).get("content", {}).get(_JSON, {}).get("schema", {}):
        responses.pop("422", None)  # the framework's own shape, which no service answers with
    for error in _told_by_signature(operation):
        add_refusal(operation, error.status, error.code, error.message)
    for status, response in responses.items():
        if response["description"] == "Successful Response":
            response["description"] = "成功"
        names = ["X-Correlation-ID", *(["Retry-After"] if status in ("429", "503") else [])]
        add_headers(response, names)
    operation["responses"] = dict(sorted(responses.items()))
    if _EXAMPLE in operation:
        _illustrate(operation, **orjson.loads(operation.pop(_EXAMPLE)))


def _illustrate(operation: Json, body: Json | None, status: str, reply: Json) -> None:
    operation["responses"][status]["content"][_JSON]["example"] = reply
    if body is not None:
        operation["requestBody"]["content"][_JSON]["example"] = body


def _told_by_signature(operation: Json) -> Iterator[AppError]:
    if "security" in operation:
        yield Unauthorized()
    if "requestBody" in operation:
        yield BadRequest()
        yield TooLarge()
        yield UnsupportedMedia()
    if "requestBody" in operation or "parameters" in operation:
        for own in operation.get("x-field-codes", {}).values():
            if own["code"] != Invalid.code:
                yield Invalid(own["message"], code=own["code"])
    yield Invalid()  # at least for a query with operators in it
    if any(parameter["in"] == "path" for parameter in operation.get("parameters", [])):
        yield NotFound()
    yield AppError()
    yield Unavailable()


def add_headers(response: Json, names: list[str]) -> None:
    """Name headers that an answer bears."""
    headers = response.setdefault("headers", {})
    for name in names:
        headers.setdefault(name, {"$ref": f"#/components/headers/{name}"})


def _envelope() -> Json:
    reference = {"$ref": "#/components/schemas/ErrorReply"}
    return {"schema": {"allOf": [reference, {"properties": {"code": {"enum": []}}}]}, "examples": {}}
