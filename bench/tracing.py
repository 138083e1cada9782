"""What tracing costs: its hooks while it is off against the cheapest request, a suite with it against one without.

Run: make bench
The two suites run side by side and are asked in turn, so that the ratio holds on a machine whose speed drifts.
"""

import argparse
import asyncio
import os
import statistics
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import httpx
from suite import Ask, Suite, data, paint, person, rate

from common import telemetry
from common.http import create_app
from common.messages import Envelope
from common.testing.traces import Receiver


def hooks(message: Envelope) -> None:
    """Every hook that one like passes with tracing off, over all processes."""
    with telemetry.at_the_edge(""):
        telemetry.note({})
    telemetry.note({"correlation_id": "c"})
    with telemetry.transaction("works"):
        telemetry.traceparent()
    with telemetry.publishing([message]):
        pass
    for queue in ("works", "stats"):
        with telemetry.handling(queue, message):
            pass
    for _ in range(5):
        telemetry.ids()


async def off(times: int) -> None:
    message = Envelope(id="1", key="a.B.v1", stream="s-1", number=1, at=datetime.now(UTC), correlation_id="c", data={})
    app = create_app("bench", "bench", [], {})
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://bench") as http:
        asked, hooked = [], []
        for _ in range(5):
            began = time.perf_counter()
            for _ in range(times):
                await http.get("/health/live")
            asked.append((time.perf_counter() - began) / times)
            began = time.perf_counter()
            for _ in range(times):
                hooks(message)
            hooked.append((time.perf_counter() - began) / times)
    request, all_hooks = statistics.median(asked) * 1e6, statistics.median(hooked) * 1e6
    said = f"all hooks of a like {all_hooks:.1f} µs, GET /health/live in process {request:.0f} µs"
    print(f"off: {said}: {all_hooks / request:.1%}")


async def asks(suite: Suite) -> tuple[httpx.AsyncClient, dict[str, Ask]]:
    await suite.answers()
    http = httpx.AsyncClient(base_url=suite.url, timeout=60)
    alice = await person(http)
    await paint(http, alice)
    works = []
    while not works:
        works = (await data(await http.get("/api/works/my", headers=alice)))["works"]
    work = works[0]["id"]
    await data(await http.put(f"/api/works/{work}", headers=alice, json={"is_public": True}))
    return http, {
        "GET /api/works/{id}": lambda: http.get(f"/api/works/{work}", headers=alice),
        "POST /api/works/{id}/like": lambda: http.post(f"/api/works/{work}/like", headers=alice, json={}),
    }


async def on(without: Suite, traced: Suite, rounds: int, seconds: float) -> None:
    (http, plain), (http_traced, with_traces) = await asks(without), await asks(traced)
    for name, ask in plain.items():
        ratios, rates = [], []
        for _ in range(rounds):
            a, _ms = await rate(ask, seconds, 1)
            b, _ms = await rate(with_traces[name], seconds, 1)
            ratios.append(b / a)
            rates.append((a, b))
        a, b = (statistics.median(column) for column in zip(*rates, strict=True))
        print(f"on: {name:26} {a:5.0f}/s without, {b:5.0f}/s with, ratio {statistics.median(ratios):.2f}")
    await http.aclose()
    await http_traced.aclose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=1)
    asked = parser.parse_args()
    asyncio.run(off(2_000))
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other, Receiver() as receiver:
        without = Suite(Path(one))
        os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = receiver.url
        traced = Suite(Path(other))
        try:
            asyncio.run(on(without, traced, asked.rounds, asked.seconds))
        finally:
            without.stop()
            traced.stop()
        print(f"{len(receiver.spans)} spans came")


if __name__ == "__main__":
    main()
