"""What the edge shows where no service has answered."""

import httpx
import pytest

from common.http import create_app


@pytest.mark.parametrize("method", ["GET", "POST", "TRACE"])
@pytest.mark.parametrize(
    ("status", "answered", "code"),
    [(404, 404, "NOT_FOUND"), (413, 413, "PAYLOAD_TOO_LARGE"), (502, 503, "SERVICE_UNAVAILABLE"),
     (403, 403, "FORBIDDEN"), (416, 400, "BAD_REQUEST"), (405, 405, "METHOD_NOT_ALLOWED")],
)  # fmt: skip
async def test_every_service_has_a_page_for_the_edges_errors(
    method: str, status: int, answered: int, code: str
) -> None:
    transport = httpx.ASGITransport(create_app("any", "any", [], {}))
    async with httpx.AsyncClient(transport=transport, base_url="http://any") as client:
        answer = await client.request(method, f"/errors/{status}")
    assert (answer.status_code, answer.json()["code"]) == (answered, code)
    assert answer.headers["X-Correlation-ID"]
