"""OpenTelemetry traces: one from the edge over every event to its last consumer. Off until an address is set.

Requests get their spans from FastAPI itself; here are those of the edge, of messages and of transactions, by the names
of the semantic conventions. A trace travels as W3C `traceparent`: in the request's header, with the stored event, with
the message. Only sampled traces are stored. While tracing is off nothing of the SDK is imported.
"""

import os
import socket
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Link, Span, SpanContext, SpanKind, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from common.messages import Envelope
from common.settings import ServiceSettings

HEADER = "traceparent"
LONGEST_ATTRIBUTE = 1_024  # characters
STOP_SECONDS = 5.0

_NOTHING: Mapping[str, str] = {}
_NO_SPAN = nullcontext()
_NO_HEADERS = nullcontext(_NOTHING)

_tracer: trace.Tracer | None = None
_messaging_system = "rabbitmq"


def start(settings: ServiceSettings, service: str, *, messaging_system: str = "rabbitmq") -> None:
    """Trace from now on, if the settings name an address; ends the process with a sentence where they are wrong.

    Spans wait in a bounded queue for a thread that exports them: an address that does not answer costs spans, nothing
    else. What further `OTEL_…` variables say (headers, queue, resource) the SDK reads itself.
    """
    global _tracer, _messaging_system
    if not settings.otlp_endpoint or settings.tracing_disabled:
        return
    try:
        _tracer, _messaging_system = _configured(settings, service), messaging_system
    except ValueError as error:  # from the SDK, of a variable that it reads itself
        print(f"A setting OTEL_… is wrong: {error}.", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def _configured(settings: ServiceSettings, service: str) -> trace.Tracer:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from opentelemetry.sdk.trace import SpanLimits, TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased  # noqa: PLC0415

    resource = Resource.create(
        {
            "service.name": settings.otel_service_name or service,
            "service.namespace": "creation-engine",
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
    )
    provider = TracerProvider(
        sampler=ParentBased(TraceIdRatioBased(settings.traced_share)),
        resource=resource,
        span_limits=SpanLimits(max_span_attribute_length=LONGEST_ATTRIBUTE),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(f"{settings.otlp_endpoint.rstrip('/')}/v1/traces")
    provider.add_span_processor(BatchSpanProcessor(exporter))
    trace.set_tracer_provider(provider)  # FastAPI looks for it there
    return provider.get_tracer("creation-engine")


def stop() -> None:
    """Export what waits, for at most `STOP_SECONDS`."""
    shutdown = getattr(trace.get_tracer_provider(), "shutdown", None)
    if _tracer is not None and shutdown is not None:
        stopping = threading.Thread(target=shutdown, daemon=True)
        stopping.start()
        stopping.join(STOP_SECONDS)


def traceparent() -> str | None:
    """The present place in the present trace, to keep with an event; none where there is no trace or it is not kept."""
    if _tracer is None:
        return None
    here = trace.get_current_span().get_span_context()
    return _written(here) if here.is_valid and here.trace_flags.sampled else None


def ids(place: str | None = None) -> dict[str, str]:
    """`trace_id` and `span_id` for a log line: of `place` (a `traceparent`), else of the present span."""
    if _tracer is None:
        return {}
    here = (trace.get_current_span(_read(place)) if place else trace.get_current_span()).get_span_context()
    return {"trace_id": f"{here.trace_id:032x}", "span_id": f"{here.span_id:016x}"} if here.is_valid else {}


def note(attributes: Mapping[str, str | int], *, name: str | None = None) -> None:
    """Say more about the present span, if there is one: attributes, and its name."""
    if _tracer is not None:
        span = trace.get_current_span()
        span.set_attributes(attributes)
        if name is not None:
            span.update_name(name)


def at_the_edge(client: str) -> AbstractContextManager[Mapping[str, str]]:
    """A span that begins a trace for a request from outside; gives the headers with which the request goes on.

    `client` is the `traceparent` that the client sent, or empty. A stranger neither chooses what is kept nor adds to
    the traces of others, so it is not continued: the new trace is linked to it.
    """
    return _NO_HEADERS if _tracer is None else _edge(_tracer, client)


@contextmanager
def _edge(tracer: trace.Tracer, client: str) -> Iterator[Mapping[str, str]]:
    theirs = trace.get_current_span(_read(client)).get_span_context()
    links = [Link(theirs)] if theirs.is_valid else []
    with tracer.start_as_current_span("edge", context=Context(), kind=SpanKind.SERVER, links=links) as span:
        yield {HEADER: _written(span.get_span_context())}


def transaction(database: str) -> AbstractContextManager[object]:
    """A span for a transaction, its repetitions included, inside a trace that has begun."""
    if _tracer is None or not trace.get_current_span().is_recording():
        return _NO_SPAN
    attributes = {"db.system.name": "mongodb", "db.namespace": database, "db.operation.name": "transaction"}
    return _tracer.start_as_current_span(f"transaction {database}", kind=SpanKind.CLIENT, attributes=attributes)


def resuming(name: str, place: str | None) -> AbstractContextManager[object]:
    """A span for work that was asked for earlier, at `place`: it goes on in the trace of whoever asked."""
    if _tracer is None or place is None:
        return _NO_SPAN
    return _tracer.start_as_current_span(name, context=_read(place))


@contextmanager
def publishing(envelopes: Sequence[Envelope]) -> Iterator[Sequence[Envelope]]:
    """A span for each message that belongs to a trace; gives the messages as they go out, each with its own place."""
    spans = {e.id: _publish_span(_tracer, e) for e in envelopes if e.traceparent} if _tracer is not None else {}
    try:
        yield [_placed(e, spans[e.id]) if e.id in spans else e for e in envelopes] if spans else envelopes
    except Exception as error:
        for span in spans.values():
            span.set_status(StatusCode.ERROR, repr(error))
        raise
    finally:
        for span in spans.values():
            span.end()


def _publish_span(tracer: trace.Tracer, envelope: Envelope) -> Span:
    attributes = {
        **_about(envelope),
        "messaging.operation.type": "send",
        "messaging.operation.name": "publish",
        "messaging.destination.name": "events",
    }
    place = _read(envelope.traceparent)
    return tracer.start_span(f"publish {envelope.key}", context=place, kind=SpanKind.PRODUCER, attributes=attributes)


def _placed(envelope: Envelope, span: Span) -> Envelope:
    return envelope.model_copy(update={"traceparent": _written(span.get_span_context())})


def handling(queue: str, envelope: Envelope) -> AbstractContextManager[object]:
    """A span for one attempt to handle a message, in the trace that the message came from, however long ago."""
    if _tracer is None or envelope.traceparent is None:
        return _NO_SPAN
    attributes = {
        **_about(envelope),
        "messaging.operation.type": "process",
        "messaging.operation.name": "process",
        "messaging.destination.name": queue,
    }
    return _tracer.start_as_current_span(
        f"process {envelope.key}",
        context=_read(envelope.traceparent),
        kind=SpanKind.CONSUMER,
        attributes=attributes,
    )


def _about(envelope: Envelope) -> dict[str, str]:
    return {
        "messaging.system": _messaging_system,
        "messaging.rabbitmq.destination.routing_key": envelope.key,
        "messaging.message.id": envelope.id,
        "messaging.message.conversation_id": envelope.correlation_id,
    }


def _written(place: SpanContext) -> str:
    return f"00-{place.trace_id:032x}-{place.span_id:016x}-{int(place.trace_flags):02x}"


def _read(place: str | None) -> Context:
    """Where a `traceparent` points to; nowhere for what is none."""
    return TraceContextTextMapPropagator().extract({HEADER: place} if place else {}, context=Context())
