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
        Invalid: the form has no such file, or several.
    """
    if not request.headers.get("Content-Type", "").lower().startswith("multipart/form-data"):
        raise UnsupportedMedia("请以multipart/form-data格式上传")
    bounded = Request(request.scope, _bounded(request.receive, most + AROUND, too_large))
    async with bounded.form(max_files=8, max_fields=8) as form:
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
