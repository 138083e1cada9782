"""ComfyUI's HTTP interface, one method per call. No server is trusted: time, bytes and shape are bounded."""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import quote

import httpx

from common.labelling.reading import MOST_BYTES
from generation.engines.comfyui.answers import (
    MALFORMED,
    Failed,
    Outcome,
    Queue,
    SavedImage,
    class_of,
    ended_of,
    ids_of,
    names_of,
    queue_of,
    refusal_of,
    version_of,
)
from generation.engines.comfyui.pace import Pace
from generation.engines.comfyui.workflow import Graph

CONNECT_SECONDS = 2
MOST_JSON = 16 * 2**20  # bytes; a queue of a thousand jobs, each with its graph, has about five million
RECORDED = 50

Meaning = TypeVar("Meaning")


class Unreachable(Exception):
    """The server did not answer, or not as ComfyUI does."""


class ComfyClient:
    """One server. Every method raises `Unreachable`, whatever the server does, and within the time that `pace` says."""

    def __init__(self, url: str, pace: Pace) -> None:
        self._pace = pace
        self._http = httpx.AsyncClient(
            base_url=url,
            headers={"Accept-Encoding": "identity"},  # what is not packed is as large as it says
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),  # keeps none
            timeout=httpx.Timeout(None, connect=CONNECT_SECONDS),
            trust_env=False,
        )

    async def submit(self, graph: Graph, prompt_id: str, client_id: str) -> Failed | None:
        """Queue a job; says why when the server refuses it, as a whole or one of its outputs."""
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
        return _meant("/prompt", await self._call("POST", "/prompt", json=body, accept=(200, 400)), refusal_of)

    async def queue(self) -> Queue:
        """What runs and what waits."""
        return await self._glance("/queue", queue_of)

    async def history(self, prompt_id: str, output: str) -> Outcome | None:
        """How a job has ended, with the picture of the node `output`; none before, and for an unknown job."""
        path = f"/history/{quote(prompt_id, safe='')}"
        return _meant(path, await self._call("GET", path), lambda answer: ended_of(answer, prompt_id, output))

    async def recorded(self, latest: int = RECORDED) -> list[str]:
        """The ids of the latest entries of the history; never all, since each holds a whole graph."""
        return _meant("/history", await self._call("GET", "/history", params={"max_items": latest}), ids_of)

    async def forget(self, prompt_id: str) -> None:
        """Delete the history entry of a job; its files stay, for want of a call that deletes them."""
        await self._call("POST", "/history", json={"delete": [prompt_id]})

    async def withdraw(self, prompt_id: str) -> None:
        """Take the job out of the queue; it goes on when it runs already."""
        await self._call("POST", "/queue", json={"delete": [prompt_id]})

    async def interrupt(self, prompt_id: str) -> None:
        """Stop the job if it runs; ComfyUI before 0.3.57 stops whatever runs."""
        await self._call("POST", "/interrupt", json={"prompt_id": prompt_id})

    async def image(self, image: SavedImage) -> bytes | None:
        """The file, of at most as many bytes as the platform reads of a picture; none when it is not there any more."""
        query = {"filename": image.filename, "subfolder": image.subfolder, "type": image.type}
        within = self._pace.file
        return await self._call("GET", "/view", params=query, accept=(200, 404), within=within, most=MOST_BYTES) or None

    async def checkpoints(self) -> tuple[str, ...]:
        """The names of the checkpoint files."""
        return await self._glance("/models/checkpoints", names_of)

    async def node_class(self, name: str) -> Mapping[str, Any]:
        """What the server says of a node class; empty for one that it does not know."""
        return await self._glance(f"/object_info/{quote(name, safe='')}", lambda answer: class_of(answer, name))

    async def version(self) -> str:
        """ComfyUI's version."""
        return await self._glance("/system_stats", version_of)

    async def free_memory(self) -> None:
        """Let the server unload its models between jobs."""
        await self._call("POST", "/free", json={"unload_models": True, "free_memory": True})

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    async def _glance(self, path: str, reading: Callable[[Any], Meaning]) -> Meaning:
        return _meant(path, await self._call("GET", path, within=self._pace.glance), reading)

    async def _call(
        self,
        method: str,
        path: str,
        *,
        accept: Sequence[int] = (200,),
        within: float | None = None,
        most: int = MOST_JSON,
        **given: Any,
    ) -> bytes:
        """The body; empty with status 404 where that is accepted."""
        seconds = within or self._pace.answer
        try:
            async with asyncio.timeout(seconds), self._http.stream(method, path, **given) as response:
                if response.status_code not in accept:
                    raise Unreachable(f"{method} {path}: HTTP {response.status_code}")
                return await _body(response, most) if response.status_code != 404 else b""
        except TimeoutError:
            raise Unreachable(f"{method} {path}: no whole answer within {seconds:g} s") from None
        except httpx.HTTPError as error:
            raise Unreachable(f"{method} {path}: {error!r}") from error


async def _body(response: httpx.Response, most: int) -> bytes:
    """What arrives, which is never unpacked."""
    path, encoding = response.url.path, response.headers.get("Content-Encoding", "identity")
    if encoding.lower() != "identity":
        raise Unreachable(f"{path}: the answer is packed, which nobody asked for")
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) > most:
            raise Unreachable(f"{path}: the answer has more than {most} bytes")
    return bytes(body)


def _meant(path: str, body: bytes, reading: Callable[[Any], Meaning]) -> Meaning:
    """What the JSON says to `reading`: the one place where an odd answer becomes `Unreachable`."""
    try:
        return reading(json.loads(body))
    except MALFORMED as error:
        raise Unreachable(f"{path}: the answer is not ComfyUI's: {error!r:.200}") from error
