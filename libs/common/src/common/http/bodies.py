"""The shapes of requests and answers that all endpoints share."""

import unicodedata
from datetime import datetime
from typing import Annotated, Any, Generic, Literal, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    ModelWrapValidatorHandler,
    PlainSerializer,
    field_validator,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from common.http.keys import PLAIN, keys_of, require_plain

Data = TypeVar("Data")


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


Moment = Annotated[datetime, PlainSerializer(_utc, return_type=str)]
"""A time in answers: UTC, ISO 8601 with `Z`, to the millisecond."""


class Reply(BaseModel, Generic[Data]):
    """The envelope of success (`api-spec.zh.md`, 通用响应格式)."""

    success: Literal[True] = True
    data: Data
    message: str = "操作成功"


class Done(BaseModel):
    """The envelope of success that carries no data."""

    success: Literal[True] = True
    message: str = "操作成功"


class FieldError(BaseModel):
    """One field that breaks a rule."""

    field: str
    message: str


class ErrorReply(BaseModel):
    """The envelope of every error (`decisions.md`, Whole API)."""

    success: Literal[False] = False
    error: str = Field(description="给人看的错误信息")
    code: str = Field(description="稳定的错误码")
    details: list[FieldError] | None = Field(None, description="字段级错误，仅在校验失败时出现")


class Body(BaseModel):
    """Base of request bodies: types are taken literally, text is trimmed, unknown keys are ignored."""

    model_config = ConfigDict(
        strict=True,
        extra="ignore",
        str_strip_whitespace=True,
        allow_inf_nan=False,
        json_schema_extra={"propertyNames": {"pattern": PLAIN}},
    )

    @model_validator(mode="wrap")
    @classmethod
    def _with_plain_keys(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        """Raises `Invalid` for `$` and `.`; fields that break their rules are told first, with their own codes."""
        body = handler(data)
        require_plain(keys_of(data))
        return body

    @field_validator("*", mode="before")
    @classmethod
    def _whole(cls, value: Any) -> Any:
        """JSON has one kind of number: `4.0` is the integer 4."""
        return int(value) if isinstance(value, float) and value.is_integer() else value


def _printable(text: str) -> str:
    if any(unicodedata.category(c) == "Cc" and c not in "\n\r\t" for c in text):
        raise PydanticCustomError("control_characters", "不能包含控制字符")
    try:
        text.encode()
    except UnicodeEncodeError:
        raise PydanticCustomError("control_characters", "包含无法保存的字符") from None
    return text


_CONTROLS = r"\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
PRINTABLE = f"^[^{_CONTROLS}]*$"
NOT_BLANK = rf"^[^{_CONTROLS}]*[^{_CONTROLS}\s][^{_CONTROLS}]*$"


class _Patterned:
    """Says in JSON Schemas what `_printable` demands."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {**handler(schema), "pattern": PRINTABLE}


Text = Annotated[str, AfterValidator(_printable), _Patterned()]
"""Text that a person wrote: no control characters but line breaks and tabs, no lone surrogates."""


def field_codes(**codes: tuple[str, str]) -> dict[str, Any]:
    """`openapi_extra` of a route: the error code and Chinese message of each field that has its own.

    Example:
        @router.post("/api/generate", openapi_extra=field_codes(prompt=("INVALID_PROMPT", "提示词…")))
    """
    return {"x-field-codes": {name: {"code": code, "message": text} for name, (code, text) in codes.items()}}
