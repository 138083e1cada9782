"""Structured logs: one JSON object a line on standard output, each with the correlation id."""

import logging
import sys
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any, TextIO

import structlog

from common import telemetry
from common.context import peek


def _add_context(_logger: Any, _method: str, entry: dict[str, Any]) -> dict[str, Any]:
    context = peek()
    if context is not None:
        entry.setdefault("correlation_id", context.correlation_id)
        if context.actor is not None:
            entry.setdefault("actor", context.actor)
    return {**telemetry.ids(), **entry}


def configure(service: str, level: str = "INFO", *, file: Path | None = None, stream: TextIO | None = None) -> None:
    """Send this process's logs, those of libraries included, through one JSON renderer.

    They go to standard output or to another `stream`, or to `file`, which is turned over at 10 MB and kept three times.
    """
    shared: list[Any] = [
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _add_context,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        cache_logger_on_first_use=True,
    )
    handler: logging.Handler = (
        RotatingFileHandler(file, maxBytes=10_000_000, backupCount=3)
        if file
        else logging.StreamHandler(stream or sys.stdout)
    )
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                lambda _l, _m, entry: {"service": service, **entry},
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("uvicorn.access", "aio_pika", "aiormq", "pymongo", "httpx", "httpcore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
