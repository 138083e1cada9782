"""The one place where errors become HTTP answers."""

from collections.abc import Mapping, Sequence
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pymongo.errors import ConnectionFailure
from starlette.exceptions import HTTPException

from common.errors import (
    AppError,
    BadRequest,
    Invalid,
    NotAllowed,
    NotFound,
    TooLarge,
    Unauthorized,
    Unavailable,
    UnsupportedMedia,
)
from common.http.openapi import methods_at

log = structlog.get_logger()

_SAID = {
    "missing": "必填",
    "string_too_short": "长度不足",
    "string_too_long": "超过最大长度",
    "string_type": "必须是字符串",
    "int_type": "必须是整数",
    "int_parsing": "必须是整数",
    "int_from_float": "必须是整数",
    "float_type": "必须是数字",
    "bool_type": "必须是布尔值",
    "bool_parsing": "必须是布尔值",
    "list_type": "必须是数组",
    "greater_than_equal": "小于允许的最小值",
    "less_than_equal": "大于允许的最大值",
    "literal_error": "不是允许的值",
    "enum": "不是允许的值",
    "control_characters": "不能包含控制字符",
    "finite_number": "必须是有限的数",
}


class MethodNotAllowed(AppError):
    """The path exists, not with this method."""

    status = 405
    code = "METHOD_NOT_ALLOWED"
    message = "不支持的请求方法"


def answer(error: AppError) -> JSONResponse:
    """An error as an HTTP response in the envelope; a 503 always says when to come again, a 401 how to log in."""
    body: dict[str, Any] = {"success": False, "error": error.message, "code": error.code}
    if error.details:
        body["details"] = error.details
    headers = dict(error.headers)
    if error.status == Unavailable.status:
        headers.setdefault("Retry-After", "2")
    if error.status == Unauthorized.status:
        headers.setdefault("WWW-Authenticate", "Bearer")  # RFC 9110, 15.5.2
    return JSONResponse(body, status_code=error.status, headers=headers)


def install(app: FastAPI) -> None:
    """Register the handlers of every kind of error with an app."""
    app.add_exception_handler(AppError, _app_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_exception)
    app.add_exception_handler(ConnectionFailure, _database_away)


async def _app_error(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AppError)  # noqa: S101  (registered for this type)
    return answer(error)


async def _database_away(_request: Request, error: Exception) -> JSONResponse:
    log.error("database_away", error=repr(error))
    return answer(Unavailable())


async def _http_exception(request: Request, error: Exception) -> JSONResponse:
    """What the framework itself refuses: unknown path, wrong method, a body that cannot be read."""
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for this type)
    headers = dict(error.headers or {})
    if error.status_code == MethodNotAllowed.status:
        allowed = methods_at(request.app.openapi(), request.url.path)
        headers |= {"Allow": ", ".join(allowed)} if allowed else {}  # the framework names those of one route only
    kinds: list[type[AppError]] = [BadRequest, Unauthorized, NotAllowed, NotFound, MethodNotAllowed, TooLarge]
    for kind in kinds:
        if kind.status == error.status_code:
            return answer(kind(headers=headers))
    return answer(BadRequest() if error.status_code < 500 else AppError())


async def _validation_error(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for this type)
    problems = error.errors()
    if any(p["type"] == "json_invalid" or p["loc"] == ("body",) for p in problems):
        return answer(_unreadable(request))
    return answer(_invalid(problems, _codes_of(request)))


def _unreadable(request: Request) -> AppError:
    """A body that says it is something else, or one that is no JSON object."""
    kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if kind and kind != "application/json" and not kind.endswith("+json"):
        return UnsupportedMedia("请求体须为JSON（Content-Type: application/json）")
    return BadRequest("请求体不是有效的JSON对象")


def _codes_of(request: Request) -> Mapping[str, Mapping[str, str]]:
    extra = getattr(request.scope.get("route"), "openapi_extra", None) or {}
    codes: Mapping[str, Mapping[str, str]] = extra.get("x-field-codes", {})
    return codes


def _invalid(problems: Sequence[Any], codes: Mapping[str, Mapping[str, str]]) -> Invalid:
    """The first problem decides code and message; `details` names every field."""
    details = [{"field": _field(p["loc"]), "message": _said(p, codes)} for p in problems]
    own = codes.get(_top(problems[0]["loc"]))
    if own is not None:
        return Invalid(own["message"], code=own["code"], details=details)
    return Invalid(details=details)


def _top(location: Sequence[Any]) -> str:
    return str(location[1]) if len(location) > 1 else str(location[0])


def _field(location: Sequence[Any]) -> str:
    return ".".join(str(part) for part in location[1:])


def _said(problem: Mapping[str, Any], codes: Mapping[str, Mapping[str, str]]) -> str:
    own = codes.get(_top(problem["loc"]))
    return own["message"] if own is not None else _SAID.get(problem["type"], "格式不正确")
