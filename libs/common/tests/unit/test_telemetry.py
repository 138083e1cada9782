"""Tracing costs nothing while it is off, and when it is on its receiver may do what it likes."""

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from common import telemetry
from common.messages import Envelope
from common.settings import ServiceSettings, load
from common.testing.traces import Receiver

SERVES = """
import asyncio, json, sys, time
import httpx
from fastapi import APIRouter
from common import logs, telemetry
from common.http import create_app
from common.settings import ServiceSettings, load

settings = load(ServiceSettings)
logs.configure("shop", "ERROR")
telemetry.start(settings, "shop")
router = APIRouter()

@router.get("/orders/{order}")
async def order(order: int) -> dict[str, object]:
    with telemetry.transaction("shop"):
        return {"order": order, "place": telemetry.traceparent(), "ids": telemetry.ids()}

async def ask(times: int) -> object:
    transport = httpx.ASGITransport(create_app("shop", "shop", [router], {}))
    async with httpx.AsyncClient(transport=transport, base_url="http://shop") as client:
        for _ in range(times):
            answer = (await client.get("/orders/7")).json()
    return answer

answer = asyncio.run(ask(int(sys.argv[1])))
begun = time.monotonic()
telemetry.stop()
sdk = sorted(m for m in sys.modules if m.startswith(("opentelemetry.sdk", "opentelemetry.exporter", "google.protobuf")))
print(json.dumps({"answer": answer, "stopping": time.monotonic() - begun, "sdk": sdk}))
"""


def served(times: int = 1, **settings: str) -> dict[str, object]:
    """What a process of its own says after so many requests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    command = [sys.executable, "-c", SERVES, str(times)]
    done = subprocess.run(
        command, check=False, env={**environment, **settings}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    said: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return said


def envelope(**more: str) -> Envelope:
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    return Envelope(id="1", key="a.B.v1", stream="s-1", number=1, at=moment, correlation_id="c", data={}, **more)


@pytest.mark.parametrize(
    "settings", [{}, {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318", "OTEL_SDK_DISABLED": "true"}]
)
def test_off_nothing_of_the_sdk_is_imported_and_nothing_is_told(settings: dict[str, str]) -> None:
    said = served(**settings)
    assert said["sdk"] == []
    assert said["answer"] == {"order": 7, "place": None, "ids": {}}


def test_off_every_hook_is_the_same_empty_block() -> None:
    message = envelope(traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
    assert telemetry.transaction("a") is telemetry.transaction("b") is telemetry.handling("q", message)
    assert telemetry.at_the_edge("") is telemetry.at_the_edge("x")
    with telemetry.publishing([message]) as outgoing:
        assert outgoing == [message]  # a trace begun elsewhere goes on


def test_on_a_request_and_its_transaction_are_spans_of_one_trace() -> None:
    with Receiver() as receiver:
        said = served(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_SERVICE_NAME="shop-7")
    assert isinstance(said["answer"], dict)
    request, transaction = sorted(receiver.spans, key=lambda span: span.start)
    assert (request.name, request.service, transaction.parent) == ("GET /orders/{order}", "shop-7", request.id)
    assert str(said["answer"]["place"]).startswith(f"00-{request.trace}-{transaction.id}-")
    assert said["answer"]["ids"] == {"trace_id": request.trace, "span_id": transaction.id}


def test_nothing_is_kept_of_a_request_that_is_not_sampled() -> None:
    with Receiver() as receiver:
        said = served(OTEL_EXPORTER_OTLP_ENDPOINT=receiver.url, OTEL_TRACES_SAMPLER_ARG="0")
    assert isinstance(said["answer"], dict)
    assert receiver.spans == []
    assert said["answer"]["place"] is None


def test_a_receiver_that_is_away_costs_spans_and_nothing_else() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = f"http://127.0.0.1:{taken.getsockname()[1]}"
    said = served(1_500, OTEL_EXPORTER_OTLP_ENDPOINT=nobody)
    assert isinstance(said["answer"], dict)
    assert said["answer"]["order"] == 7
    assert float(str(said["stopping"])) < telemetry.STOP_SECONDS + 1


def test_a_receiver_that_never_answers_does_not_hold_up_the_end() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        said = served(OTEL_EXPORTER_OTLP_ENDPOINT=f"http://127.0.0.1:{silent.getsockname()[1]}")
    assert float(str(said["stopping"])) < telemetry.STOP_SECONDS + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4317"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER_ARG", "1.5"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
    ],
)
def test_a_wrong_setting_is_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit):
        load(ServiceSettings)
    said = capsys.readouterr().err
    assert said.startswith(f"The setting {name} (")
    assert said.count("\n") == 1


def test_an_envelope_of_before_tracing_is_read() -> None:
    old = envelope().model_dump(mode="json", exclude={"traceparent"})
    assert Envelope.model_validate(old).traceparent is None


@pytest.mark.parametrize("place", ["", "00-zz-zz-01", "00-" + "0" * 32 + "-b7ad6b7169203331-01", "x" * 5_000, "ff-1"])
def test_no_traceparent_is_no_place(place: str) -> None:
    assert telemetry._read(place) == {}
