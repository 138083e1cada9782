"""Reading an uploaded file without taking in more than is allowed."""

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.types import Message, Receive

from common.errors import Invalid, TooLarge, UnsupportedMedia

AROUND = 16 * 1024  # bytes of a multipart body besides the file


async def uploaded(request: Request, field: str, most: int, too_large: str) -> bytes:
    """The content of one file of a multipart form; reading stops where the body has more than `most` bytes.

    Raises:
        UnsupportedMedia: not a multipart form.
        TooLarge: with the message `too_large`.
        Invalid: the form has no such file.
    """
    if not request.headers.get("Content-Type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMedia("请以multipart/form-data格式上传")
    bounded = Request(request.scope, _bounded(request.receive, most + AROUND, too_large))
    async with bounded.form(max_files=1, max_fields=8) as form:
        file = form.get(field)
        if not isinstance(file, UploadFile):
            raise Invalid(details=[{"field": field, "message": "必填"}])
        data = await file.read(most + 1)
    if len(data) > most:
        raise TooLarge(too_large)
    return data


def _bounded(receive: Receive, most: int, too_large: str) -> Receive:
    taken = 0

    async def bounded() -> Message:
        nonlocal taken
        message = await receive()
        taken += len(message.get("body", b""))
        if taken > most:
            raise TooLarge(too_large)
        return message

    return bounded
