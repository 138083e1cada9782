"""Answers of a ComfyUI that is broken or means harm, for `ScriptedComfyUI.instead`."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from starlette.responses import Response, StreamingResponse

DRIP_SECONDS = 0.02

Answer = Callable[[], Response]


def saying(body: bytes, status: int = 200, **headers: str) -> Answer:
    """This body, whatever was asked."""
    return partial(Response, body, status, {"Content-Type": "application/json", **headers})


def dripping() -> Response:
    """A body that goes on for ever, a blank at a time, so that no single read is ever late."""
    return StreamingResponse(_blanks(1, DRIP_SECONDS))


def endless() -> Response:
    """A body that goes on for ever, as fast as it is read."""
    return StreamingResponse(_blanks(2**20, 0))


def bomb() -> Response:
    """16 MB that are 16 kB on the wire."""
    return Response(gzip.compress(b" " * 2**24), headers={"Content-Encoding": "gzip"})


async def _blanks(number: int, pause: float) -> AsyncIterator[bytes]:
    while True:
        yield b" " * number
        await asyncio.sleep(pause)


def odd_bodies(prompt_id: str, output: str) -> dict[str, bytes]:
    """Answers that are no JSON, or not of ComfyUI's shape, by what is odd about them."""
    bodies: dict[str, Any] = {
        "nothing": b"",
        "a page": b"<html>login</html>",
        "not text": b"\xff\xfe\x00",
        "lists in lists": b"[" * 100_000,
        "objects in objects": b'{"a":' * 100_000,
        "a number too long": b"9" * 5000,
        "null": b"null",
        "a number": b"5",
        "a text": b'"text"',
        "a list": b"[]",
        "a list of numbers": b"[5]",
        "an object": b"{}",
        "queues that are numbers": b'{"queue_running": 5, "queue_pending": 5}',
        "jobs that are numbers": b'{"queue_running": [5], "queue_pending": []}',
        "jobs without id": b'{"queue_running": [[]], "queue_pending": [{}]}',
        "half characters in a job": (
            b'{"queue_running": [[1, "\\ud800", {}, {"client_id": "\\ud800"}]], "queue_pending": []}'
        ),
        "half characters in a list": b'["\\ud800", "\\u0000"]',
        "half characters in a version": b'{"system": {"comfyui_version": "\\ud800"}}',
        "a version too long": b'{"system": {"comfyui_version": "%s.1.1"}}' % (b"9" * 5000),
        "a version in pieces": b'{"system": {"comfyui_version": {"major": [1]}}}',
        "a refusal in a word": b'{"error": "no"}',
        "refusals in a list": b'{"error": {}, "node_errors": [1]}',
        "refusals that are numbers": b'{"node_errors": {"1": {"errors": [1]}}}',
    }
    entries = {
        "a number": b"5",
        "a status that is a list": b'{"status": ["x"]}',
        "messages that are numbers": b'{"status": {"messages": [5]}}',
        "messages by a list": b'{"status": {"messages": [[["x"], {}]]}}',
        "an error in a word": b'{"status": {"messages": [["execution_error", "no"]]}}',
        "outputs that are a list": b'{"outputs": [1]}',
        "images without a name": b'{"outputs": {"%s": {"images": [{}]}}}',
        "images that are numbers": b'{"outputs": {"%s": {"images": [5]}}}',
        "an image whose name is an object": b'{"outputs": {"%s": {"images": [{"filename": {}}]}}}',
        "an image whose name is half characters": b'{"outputs": {"%s": {"images": [{"filename": "\\ud800"}]}}}',
    }
    named = {
        f"an entry: {what}": b'{"%s": %s}' % (prompt_id.encode(), entry.replace(b"%s", output.encode()))
        for what, entry in entries.items()
    }
    return {**bodies, **named}
