"""The few kinds of refusal. Domain errors subclass one and carry a stable code; `common.http` answers them."""

from collections.abc import Mapping, Sequence
from typing import ClassVar


class AppError(Exception):
    """A refusal that a client is told about, in the API's error envelope.

    `code` is the stable contract, `message` is for people (zh-CN), `status` the HTTP status,
    `details` names fields as `{"field": …, "message": …}`, `headers` go on the answer.
    """

    status: ClassVar[int] = 500
    code: str = "SERVER_ERROR"
    message: str = "服务器内部错误，请稍后再试"

    def __init__(
        self,
        message: str | None = None,
        *,
        code: str | None = None,
        details: Sequence[Mapping[str, str]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self.message = message or self.message
        self.code = code or self.code
        self.details = list(details)
        self.headers = dict(headers or {})
        super().__init__(f"{self.code}: {self.message}")


class BadRequest(AppError):
    """The request cannot be read at all."""

    status = 400
    code = "BAD_REQUEST"
    message = "请求格式不正确"


class Unauthorized(AppError):
    """No token, or one that does not hold."""

    status = 401
    code = "UNAUTHORIZED"
    message = "请先登录"


class PaymentRequired(AppError):
    """The balance does not cover the request."""

    status = 402
    code = "INSUFFICIENT_CREDITS"
    message = "积分不足"


class NotAllowed(AppError):
    """The caller is known and may not do this."""

    status = 403
    code = "FORBIDDEN"
    message = "没有权限执行此操作"


class NotFound(AppError):
    """There is nothing here, or nothing the caller may know of."""

    status = 404
    code = "NOT_FOUND"
    message = "资源不存在"


class Conflict(AppError):
    """The request contradicts what is already there."""

    status = 409
    code = "CONFLICT"
    message = "与现有数据冲突，请刷新后重试"


class TooLarge(AppError):
    """The body is larger than this endpoint takes."""

    status = 413
    code = "PAYLOAD_TOO_LARGE"
    message = "请求内容过大"


class UnsupportedMedia(AppError):
    """The content is not of a type that this endpoint takes."""

    status = 415
    code = "UNSUPPORTED_MEDIA_TYPE"
    message = "不支持的内容类型"


class Invalid(AppError):
    """A field breaks a rule."""

    status = 422
    code = "VALIDATION_ERROR"
    message = "请求参数验证失败"


class RateLimited(AppError):
    """Too many requests; `Retry-After` says when to come again."""

    status = 429
    code = "RATE_LIMITED"
    message = "请求过于频繁，请稍后再试"


class Unavailable(AppError):
    """A neighbour that this request needs does not answer."""

    status = 503
    code = "SERVICE_UNAVAILABLE"
    message = "服务暂时不可用，请稍后再试"
