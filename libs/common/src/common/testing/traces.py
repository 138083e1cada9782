"""A small receiver of traces (OTLP over HTTP), for tests and for a look: `python -m common.testing.traces`.

Start it, then the suite with OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318: each trace is printed as a tree once
nothing more has come of it for six seconds, which is longer than spans wait to be sent.
"""

import argparse
import gzip
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Self

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1 import trace_pb2

QUIET_SECONDS = 6.0


@dataclass(frozen=True)
class Span:
    """A span as it was received; times in nanoseconds since 1970, ids in hexadecimal, `parent` empty for a root."""

    trace: str
    id: str
    parent: str
    service: str
    name: str
    kind: str
    start: int
    end: int
    attributes: dict[str, Any] = field(hash=False)
    links: tuple[str, ...] = ()
    failed: bool = False


class Receiver:
    """Takes spans on a port of this machine, 0 for a free one, until it is closed."""

    def __init__(self, port: int = 0) -> None:
        self.spans: list[Span] = []
        self.last: dict[str, float] = {}  # when the latest span of a trace came, by `time.monotonic`
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers.get("Content-Encoding") == "gzip":
                    body = gzip.decompress(body)
                receiver.take(list(_spans(ExportTraceServiceRequest.FromString(body))))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT should say."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def take(self, spans: Sequence[Span]) -> None:
        """Keep what came."""
        self.spans.extend(spans)
        self.last.update(dict.fromkeys((span.trace for span in spans), time.monotonic()))

    def traces(self) -> dict[str, list[Span]]:
        """The spans so far by their trace, in the order of their beginnings."""
        found = defaultdict(list)
        for span in sorted(self.spans, key=lambda span: span.start):
            found[span.trace].append(span)
        return dict(found)

    def close(self) -> None:
        """Take no more."""
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _spans(request: ExportTraceServiceRequest) -> Iterator[Span]:
    for of_process in request.resource_spans:
        service = str(_plain(of_process.resource.attributes).get("service.name", "?"))
        for of_library in of_process.scope_spans:
            for span in of_library.spans:
                yield Span(
                    trace=span.trace_id.hex(),
                    id=span.span_id.hex(),
                    parent=span.parent_span_id.hex(),
                    service=service,
                    name=span.name,
                    kind=trace_pb2.Span.SpanKind.Name(span.kind).removeprefix("SPAN_KIND_").lower(),
                    start=span.start_time_unix_nano,
                    end=span.end_time_unix_nano,
                    attributes=_plain(span.attributes),
                    links=tuple(f"{link.trace_id.hex()}-{link.span_id.hex()}" for link in span.links),
                    failed=span.status.code == trace_pb2.Status.STATUS_CODE_ERROR,
                )


def _plain(attributes: Any) -> dict[str, Any]:
    return {a.key: getattr(a.value, a.value.WhichOneof("value") or "string_value") for a in attributes}


def tree(spans: Sequence[Span]) -> str:
    """One trace as text: when each span began after the first, which process, what, for how long (milliseconds)."""
    children = defaultdict(list)
    known = {span.id for span in spans}
    for span in sorted(spans, key=lambda span: span.start):
        children[span.parent if span.parent in known else ""].append(span)
    first = min(span.start for span in spans)
    lines: list[str] = []

    def draw(span: Span, depth: int) -> None:
        queue = f" ({span.attributes['messaging.destination.name']})" if span.kind == "consumer" else ""
        what = f"{'   ' * (depth - 1)}{'└─ ' if depth else ''}{span.name}{queue}"
        status = span.attributes.get("http.response.status_code", "failed" if span.failed else "")
        began, took = (span.start - first) / 1e6, (span.end - span.start) / 1e6
        lines.append(f"{began:8.1f} ms  {span.service:<17} {what:<70} {took:7.1f} ms  {status}".rstrip())
        for child in children[span.id]:
            draw(child, depth + 1)

    for root in children[""]:
        draw(root, 0)
    return "\n".join(lines)


def main() -> None:
    """Print each trace as it becomes quiet, until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=4318)
    parser.add_argument("--only", default="", metavar="TEXT", help="only traces with a span whose name holds this")
    asked = parser.parse_args()
    printed: set[str] = set()
    with Receiver(asked.port) as receiver:
        while True:
            time.sleep(0.5)
            for trace, spans in receiver.traces().items():
                quiet = time.monotonic() - receiver.last[trace] > QUIET_SECONDS
                if quiet and trace not in printed and any(asked.only in span.name for span in spans):
                    printed.add(trace)
                    print(f"trace {trace}\n{tree(spans)}\n", flush=True)  # noqa: T201  (a command line's answer)


if __name__ == "__main__":
    main()
