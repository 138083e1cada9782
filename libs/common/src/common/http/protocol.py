"""HTTP/1 as uvicorn speaks it, but for what it says to a request that it cannot read, and for how long it listens."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from common.context import new_id
from common.errors import AppError, BadRequest
from common.http.errors import answer

HEAD_AT_MOST = 128 * 1024  # bytes of request line and headers; what is ours needs a few kB


class HeadTooLarge(AppError):
    """The request line and headers are larger than anything here needs (RFC 6585, 5)."""

    status = 431
    code = "HEADERS_TOO_LARGE"
    message = "请求头过大"


class EnvelopeProtocol(HttpToolsProtocol):
    """Answers a malformed or endless head with the API's envelope, as everything else is refused."""

    _head = 0  # bytes of a head that is not whole yet
    _in_head = False

    def on_message_begin(self) -> None:
        """See `HttpToolsProtocol`: a request begins."""
        self._head, self._in_head = 0, True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """See `HttpToolsProtocol`: the head is whole."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """See `asyncio.Protocol`."""
        super().data_received(data)
        self._head += len(data)
        if self._in_head and self._head > HEAD_AT_MOST and not self.transport.is_closing():
            self._refuse(HeadTooLarge())

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (in English, for nobody)
        """See `HttpToolsProtocol`: no app is asked, and the connection ends."""
        self._refuse(BadRequest())

    def _refuse(self, error: AppError) -> None:
        refusal = answer(error)
        refusal.headers["X-Correlation-ID"] = new_id()
        status = f"HTTP/1.1 {error.status} {HTTPStatus(error.status).phrase}".encode()
        lines = [b"%b: %b" % header for header in refusal.raw_headers]
        self.transport.write(b"\r\n".join([status, *lines, b"connection: close", b"", b""]))
        self.transport.write(bytes(refusal.body))
        self.transport.close()
