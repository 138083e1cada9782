"""HTTP/1 as uvicorn speaks it, but for what it says to a request that it cannot read."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from common.context import new_id
from common.errors import BadRequest
from common.http.errors import answer


class EnvelopeProtocol(HttpToolsProtocol):
    """Answers a malformed request with 400 in the API's envelope, as everything else is refused."""

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002  (in English, for nobody)
        """See `HttpToolsProtocol`: no app is asked, and the connection ends."""
        refusal = answer(BadRequest())
        refusal.headers["X-Correlation-ID"] = new_id()
        lines = [b"%b: %b" % header for header in refusal.raw_headers]
        self.transport.write(b"\r\n".join([b"HTTP/1.1 400 Bad Request", *lines, b"connection: close", b"", b""]))
        self.transport.write(bytes(refusal.body))
        self.transport.close()
