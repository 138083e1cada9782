"""Whatever a client sends, the answer is a clear refusal in the envelope, never a crash."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from prometheus_client import REGISTRY
from pydantic import Field
from starlette.types import Message

from common.http import Body, Text, create_app


class Order(Body):
    """One field of each kind that has its pitfalls."""

    name: str = ""
    text: Text = ""
    amount: float = 0
    extra: dict[str, float] = Field(default_factory=dict)


router = APIRouter()


@router.post("/orders")
async def order(body: Order) -> Order:
    return body


@router.get("/orders")
async def orders(page: int = 1) -> int:
    return page


@router.get("/crash")
async def crash() -> None:
    raise RuntimeError("private details")


async def _breaks() -> AsyncIterator[bytes]:
    yield b"the beginning"
    raise RuntimeError("halfway")


@router.get("/breaks")
async def breaks() -> StreamingResponse:
    return StreamingResponse(_breaks())


APP = create_app("shop", "shop", [router], {})


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(APP)
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        yield client


BODIES = {
    "not JSON": (b"{", 400, "BAD_REQUEST"),
    "not UTF-8": (b'{"name": "\xff\xfe"}', 400, "BAD_REQUEST"),
    "very deep": (b'{"extra":' + b"[" * 200_000, 400, "BAD_REQUEST"),
    "deep and closed": (b"[" * 5_000 + b"]" * 5_000, 400, "BAD_REQUEST"),
    "a list": (b"[]", 400, "BAD_REQUEST"),
    "an endless integer": (b'{"amount": ' + b"9" * 5_000 + b"}", 400, "BAD_REQUEST"),
    "not a number": (b'{"amount": NaN}', 422, "VALIDATION_ERROR"),
    "infinite": (b'{"amount": -Infinity}', 422, "VALIDATION_ERROR"),
    "infinite by size": (b'{"amount": 1e999}', 422, "VALIDATION_ERROR"),
    "infinite inside": (b'{"extra": {"a": Infinity}}', 422, "VALIDATION_ERROR"),
    "half a character": (b'{"name": "\\ud800"}', 422, "VALIDATION_ERROR"),
    "half a character in text": (b'{"text": "\\ud800"}', 422, "VALIDATION_ERROR"),
    "half a character as a key": (b'{"extra": {"\\ud800": "x"}}', 422, "VALIDATION_ERROR"),
    "a number as text": (b'{"name": 1}', 422, "VALIDATION_ERROR"),
}


@pytest.mark.parametrize(("body", "status", "code"), BODIES.values(), ids=BODIES)
async def test_a_body_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await client.post("/orders", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "NOT_FOUND"),
        ("GET", "/orders/", 404, "NOT_FOUND"),
        ("DELETE", "/orders", 405, "METHOD_NOT_ALLOWED"),
        ("OPTIONS", "/orders", 405, "METHOD_NOT_ALLOWED"),
        ("GET", "/orders?page=x", 422, "VALIDATION_ERROR"),
        ("GET", "/orders?page=1&page=x", 422, "VALIDATION_ERROR"),
        ("GET", "/crash", 500, "SERVER_ERROR"),
    ],
)
async def test_every_refusal_bears_the_envelope(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["success"] is False
    assert "private details" not in answer.text


async def test_a_wrong_method_is_told_the_right_ones(client: httpx.AsyncClient) -> None:
    answer = await client.delete("/orders")
    assert set(answer.headers["Allow"].split(", ")) >= {"POST"}


@pytest.mark.parametrize("given", ["short", "x" * 65, "a b c d e f g", "über-lang-genug", "id\tid\tid\tid"])
async def test_an_unfit_correlation_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/orders", headers=[(b"X-Correlation-ID", given.encode("latin-1"))])
    assert answer.headers["X-Correlation-ID"] != given
    assert len(answer.headers["X-Correlation-ID"]) == 32


async def test_a_fit_correlation_id_is_kept(client: httpx.AsyncClient) -> None:
    answer = await client.get("/orders", headers={"X-Correlation-ID": "a-fit_id.1"})
    assert answer.headers["X-Correlation-ID"] == "a-fit_id.1"


async def test_no_cache_keeps_an_answer_that_does_not_allow_it(client: httpx.AsyncClient) -> None:
    for path in ("/orders", "/crash", "/nowhere"):
        assert (await client.get(path)).headers["Cache-Control"] == "no-store"


async def test_made_up_methods_do_not_grow_the_metrics(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await client.request(f"MADEUP{number}", "/orders")
    methods = {s.labels.get("method") for m in REGISTRY.collect() for s in m.samples}
    assert not any(str(method).startswith("MADEUP") for method in methods)


async def test_an_answer_that_breaks_off_is_not_followed_by_a_second_one() -> None:
    sent: list[Message] = []

    async def receive() -> Message:
        return await asyncio.Future()  # the client neither sends nor leaves

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/breaks", "query_string": b"", "headers": []}
    await APP(scope, receive, send)
    assert [m["type"] for m in sent].count("http.response.start") == 1
    assert all(m.get("more_body", True) for m in sent[1:]), "an end would make the answer look whole"


@pytest.mark.parametrize(
    "body", [{"$where": "1"}, {"a.b": 1}, {"unknown": [{"deep": {"$ne": 1}}]}, {"extra": {"x.y": 1}}]
)
async def test_a_key_like_an_operator_or_a_path_is_refused(client: httpx.AsyncClient, body: dict[str, object]) -> None:
    answer = await client.post("/orders", json=body)
    assert (answer.status_code, answer.json()["code"]) == (422, "VALIDATION_ERROR")
    assert answer.json()["details"][0]["message"] == "字段名不能包含$或."


async def test_a_fields_own_rule_is_told_before_its_keys(client: httpx.AsyncClient) -> None:
    answer = await client.post("/orders", json={"name": {"$ne": ""}})
    assert answer.json()["details"] == [{"field": "name", "message": "必须是字符串"}]


async def test_an_operator_in_the_query_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/orders", params={"page[$gt]": "1"})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "page[$gt]")


@pytest.mark.parametrize("character", ["\x00", "\x1f", "\x7f", "\x85", "\x9f"], ids=ascii)
async def test_control_characters_of_every_kind_are_refused(client: httpx.AsyncClient, character: str) -> None:
    answer = await client.post("/orders", json={"text": f"a{character}b"})
    assert (answer.status_code, answer.json()["details"][0]["field"]) == (422, "text")
