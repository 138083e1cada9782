"""One async function per command: load, decide, append. A task and its credits change in one transaction."""

from generation.handlers.accounts import grant_credits, open_account
from generation.handlers.aggregates import Aggregates
from generation.handlers.servers import drain_server
from generation.handlers.tasks import (
    cancel_generation,
    complete_generation,
    fail_generation,
    record_image,
    release_generation,
    request_generation,
    requeue_generation,
    start_generation,
)

__all__ = [
    "Aggregates",
    "cancel_generation",
    "complete_generation",
    "drain_server",
    "fail_generation",
    "grant_credits",
    "open_account",
    "record_image",
    "release_generation",
    "request_generation",
    "requeue_generation",
    "start_generation",
]
