"""One like is one trace: from the browser's request at the edge to the projections of the services that hear of it."""

import json
from collections.abc import AsyncIterator

import httpx
import pytest
from people import Person
from stages import DistributedStage

from common.testing.eventually import eventually
from common.testing.traces import Receiver, Span, tree

BROWSER = ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")  # a trace and a span of the browser's own
EDGE = "POST /api/works/**"
LIKE = "POST /api/works/{work_id}/like"
PUBLISHED, HANDLED = "publish works.WorkLiked.v1", "process works.WorkLiked.v1"
KEPT = "process generation.ImageGenerated.v1"


@pytest.fixture
async def http(distributed: DistributedStage) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=distributed.url, timeout=30) as client:
        yield client


@pytest.fixture
async def work(http: httpx.AsyncClient) -> int:
    """A published work of somebody else."""
    alice = await Person.register(http)
    await alice.post("/api/generate", {"prompt": "竹林里的灯笼", "size": "512x512", "steps": 10}, status=201)

    async def painted() -> list[int]:
        return [w["id"] for w in (await alice.get("/api/works/my"))["works"]]

    work = (await eventually(painted, within=60))[0]
    await alice.put(f"/api/works/{work}", {"is_public": True})
    return work


async def liked(http: httpx.AsyncClient, traces: Receiver, work: int, conversation: str) -> list[Span]:
    """Like it as a browser that traces itself; the spans of that request once both services have handled the like."""
    fan = await Person.register(http, "fan")
    headers = {"traceparent": f"00-{BROWSER[0]}-{BROWSER[1]}-01", "X-Correlation-ID": conversation}
    await fan.post(f"/api/works/{work}/like", {"liked": True}, **headers)

    async def spans() -> list[Span]:
        mine = [s.trace for s in traces.spans if s.attributes.get("correlation_id") == conversation]
        return traces.traces()[mine[0]] if mine else []

    def handled(spans: list[Span]) -> bool:
        told = {(s.service, s.name) for s in spans}
        return {("works", HANDLED), ("stats", HANDLED), ("works", LIKE), ("gateway", EDGE)} <= told

    return await eventually(spans, handled, within=20)


async def test_one_like_is_one_tree_from_the_edge_to_the_statistics(
    http: httpx.AsyncClient, traces: Receiver, work: int
) -> None:
    spans = await liked(http, traces, work, "trace-of-one-like-1")
    by_id = {span.id: span for span in spans}

    def way(span: Span) -> list[tuple[str, str, str]]:
        """From the root to this span: process, name, kind."""
        before = way(by_id[span.parent]) if span.parent in by_id else []
        return [*before, (span.service, span.name, span.kind)]

    assert [s.name for s in spans if s.parent not in by_id] == [EDGE], tree(spans)
    counted = next(s for s in spans if s.service == "stats" and s.name == HANDLED)
    hops = [hop for hop in way(counted) if not hop[1].startswith("transaction ")]
    assert hops == [
        ("gateway", EDGE, "server"),
        ("works", LIKE, "server"),
        ("works", PUBLISHED, "producer"),
        ("stats", HANDLED, "consumer"),
    ], tree(spans)


async def test_spans_speak_the_semantic_conventions(http: httpx.AsyncClient, traces: Receiver, work: int) -> None:
    spans = await liked(http, traces, work, "trace-of-one-like-2")
    request = next(s for s in spans if s.name == LIKE).attributes
    assert (request["http.request.method"], request["http.route"]) == ("POST", "/api/works/{work_id}/like")
    assert int(request["http.response.status_code"]) == 200
    sent = next(s for s in spans if s.name == PUBLISHED).attributes
    heard = next(s for s in spans if s.name == HANDLED and s.service == "stats").attributes
    assert (sent["messaging.system"], sent["messaging.operation.type"]) == ("rabbitmq", "send")
    assert (heard["messaging.operation.type"], heard["messaging.destination.name"]) == ("process", "stats")
    assert sent["messaging.message.id"] == heard["messaging.message.id"]
    assert heard["messaging.message.conversation_id"] == "trace-of-one-like-2"
    stored = next(s for s in spans if s.name.startswith("transaction ") and s.service == "works").attributes
    assert stored["db.system.name"] == "mongodb"


async def test_a_strangers_trace_is_linked_to_and_not_joined(
    http: httpx.AsyncClient, traces: Receiver, work: int
) -> None:
    spans = await liked(http, traces, work, "trace-of-one-like-3")
    assert BROWSER[0] not in {span.trace for span in traces.spans}
    edge = next(s for s in spans if s.service == "gateway")
    assert edge.links == ("-".join(BROWSER),)


async def test_a_refused_request_is_told_by_the_edge(http: httpx.AsyncClient, traces: Receiver) -> None:
    await http.get("/api/stats/user")

    async def refused() -> list[Span]:
        return [s for s in traces.spans if s.attributes.get("error.type") == "UNAUTHORIZED" and s.service == "gateway"]

    span = (await eventually(refused))[0]
    assert int(span.attributes["http.response.status_code"]) == 401
    assert len(traces.traces()[span.trace]) == 1


async def test_log_lines_name_the_trace_beside_the_conversation(
    http: httpx.AsyncClient, distributed: DistributedStage, traces: Receiver, work: int
) -> None:
    spans = await liked(http, traces, work, "trace-of-one-like-4")

    async def said() -> set[tuple[str, str]]:
        lines = (json.loads(line) for name in ("works", "stats") for line in distributed.log(name).splitlines())
        return {(li["service"], li["event"]) for li in lines if li.get("trace_id") == spans[0].trace}

    await eventually(said, lambda seen: {("works", "request"), ("stats", "message_handled")} <= seen)


async def test_nobody_traces_the_operators_questions(http: httpx.AsyncClient, traces: Receiver, work: int) -> None:
    await liked(http, traces, work, "trace-of-one-like-5")
    await http.get("/health/ready")
    assert not [s.name for s in traces.spans if "/health" in s.name or "/metrics" in s.name or s.name == "GET /auth"]


async def test_one_order_is_one_trace_through_the_painting_to_the_work(
    http: httpx.AsyncClient, traces: Receiver, work: int
) -> None:
    async def orders() -> list[list[Span]]:
        return [spans for spans in traces.traces().values() if {"paint", KEPT} <= {span.name for span in spans}]

    spans = (await eventually(orders, within=20))[0]
    by_id = {span.id: span for span in spans}
    kept = next(s for s in spans if s.name == KEPT and s.service == "works")
    way = [kept]
    while way[0].parent in by_id:
        way.insert(0, by_id[way[0].parent])
    hops = [(s.service, s.name) for s in way if not s.name.startswith("transaction ")]
    assert hops.pop(3)[1] == "publish generation.ImageGenerated.v1", tree(spans)  # whichever process has the relay
    assert hops == [
        ("gateway", "POST /api/generate"),
        ("generation", "POST /api/generate"),
        ("generation-worker", "paint"),
        ("works", KEPT),
    ], tree(spans)
