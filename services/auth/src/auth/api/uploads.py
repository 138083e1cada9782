"""Reading an uploaded file without taking in more than is allowed."""

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.types import Message, Receive

from common.errors import BadRequest, Invalid, TooLarge, UnsupportedMedia

AROUND = 16 * 1024  # bytes of a multipart body besides the file
TAIL = 1024  # bytes at the end of a body, among which its last boundary must be


async def uploaded(request: Request, field: str, most: int, too_large: str) -> bytes:
    """The content of one file of a multipart form; reading stops where the body has more than `most` bytes.

    Raises:
        UnsupportedMedia: not a multipart form.
        BadRequest: not a whole one, or one of many parts.
        TooLarge: with the message `too_large`.
        Invalid: the form has no such file, or several.
    """
    kind, options = parse_options_header(request.headers.get("Content-Type"))
    if kind != b"multipart/form-data":
        raise UnsupportedMedia("请以multipart/form-data格式上传")
    body = _Bounded(request.receive, most + AROUND, too_large, b"--" + options.get(b"boundary", b"") + b"--")
    async with Request(request.scope, body).form(max_files=8, max_fields=8) as form:
        files = form.getlist(field)
        if len(files) > 1:
            raise _refused(field, "只能上传一个文件")
        if not files or not isinstance(files[0], UploadFile):
            raise _refused(field, "必填，须为文件")
        data = await files[0].read(most + 1)
    if len(data) > most:
        raise TooLarge(too_large)
    return data


def _refused(field: str, message: str) -> Invalid:
    return Invalid(details=[{"field": field, "message": message}])


class _Bounded:
    """A body on its way in: not too long, and with its end. A torn form would else look like one without the file."""

    def __init__(self, receive: Receive, most: int, too_large: str, end: bytes) -> None:
        self._receive = receive
        self._left = most
        self._too_large = too_large
        self._end = end
        self._tail = b""

    async def __call__(self) -> Message:
        message = await self._receive()
        chunk: bytes = message.get("body", b"")
        self._left -= len(chunk)
        self._tail = (self._tail + chunk)[-TAIL:]
        if self._left < 0:
            raise TooLarge(self._too_large)
        if message["type"] == "http.request" and not message.get("more_body") and self._end not in self._tail:
            raise BadRequest("上传的内容不完整，请重新上传")
        return message
