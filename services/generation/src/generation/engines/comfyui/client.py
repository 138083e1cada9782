"""ComfyUI's HTTP interface, one method per call."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import httpx

from generation.engines.comfyui.answers import Failed, Queue, SavedImage, queue_of, refusal_of
from generation.engines.comfyui.workflow import Graph

TIMEOUT = httpx.Timeout(10, connect=2)
IMAGE_TIMEOUT = httpx.Timeout(60, connect=2)
SHORT_TIMEOUT = httpx.Timeout(5, connect=2)
RECORDED = 50


class Unreachable(Exception):
    """The server did not answer, or not as ComfyUI does."""


class ComfyClient:
    """One server. Every method raises `Unreachable`."""

    def __init__(self, url: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, timeout=TIMEOUT, trust_env=False)

    async def submit(self, graph: Graph, prompt_id: str, client_id: str) -> Failed | None:
        """Queue a job; says why when the server refuses it, as a whole or one of its outputs."""
        body = {"prompt": graph, "prompt_id": prompt_id, "client_id": client_id}
        return refusal_of(_object(await self._call("POST", "/prompt", json=body, accept=(200, 400))))

    async def queue(self) -> Queue:
        """What runs and what waits."""
        try:
            return queue_of(_object(await self._call("GET", "/queue", timeout=SHORT_TIMEOUT)))
        except (KeyError, IndexError, TypeError) as error:
            raise Unreachable(f"the queue is not readable: {error!r}") from None

    async def history(self, prompt_id: str) -> Mapping[str, Any] | None:
        """The entry of a job that has ended; none before, and for an unknown one."""
        entry = _object(await self._call("GET", f"/history/{quote(prompt_id, safe='')}")).get(prompt_id)
        return entry if isinstance(entry, Mapping) else None

    async def recorded(self, latest: int = RECORDED) -> list[str]:
        """The ids of the latest entries of the history; never all, since each holds a whole graph."""
        return list(_object(await self._call("GET", "/history", params={"max_items": latest})))

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
        """The file; none when it is not there any more."""
        query = {"filename": image.filename, "subfolder": image.subfolder, "type": image.type}
        response = await self._call("GET", "/view", params=query, timeout=IMAGE_TIMEOUT, accept=(200, 404))
        return response.content if response.status_code == 200 else None

    async def checkpoints(self) -> tuple[str, ...]:
        """The names of the checkpoint files."""
        names = _json(await self._call("GET", "/models/checkpoints", timeout=SHORT_TIMEOUT))
        if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
            raise Unreachable("the list of checkpoints is not readable")
        return tuple(names)

    async def node_class(self, name: str) -> Mapping[str, Any]:
        """What the server says of a node class; empty for one that it does not know."""
        path = f"/object_info/{quote(name, safe='')}"
        info = _object(await self._call("GET", path, timeout=SHORT_TIMEOUT)).get(name)
        return info if isinstance(info, Mapping) else {}

    async def version(self) -> str:
        """ComfyUI's version."""
        system = _object(await self._call("GET", "/system_stats", timeout=SHORT_TIMEOUT)).get("system")
        return str(system.get("comfyui_version", "unknown")) if isinstance(system, Mapping) else "unknown"

    async def free_memory(self) -> None:
        """Let the server unload its models between jobs."""
        await self._call("POST", "/free", json={"unload_models": True, "free_memory": True})

    async def close(self) -> None:
        """End the connections."""
        await self._http.aclose()

    async def _call(self, method: str, path: str, *, accept: Sequence[int] = (200,), **given: Any) -> httpx.Response:
        try:
            response = await self._http.request(method, path, **given)
        except httpx.HTTPError as error:
            raise Unreachable(f"{method} {path}: {error!r}") from error
        if response.status_code not in accept:
            raise Unreachable(f"{method} {path}: HTTP {response.status_code}")
        return response


def _json(response: httpx.Response) -> Any:
    try:
        return response.json()
    except ValueError:
        raise Unreachable(f"{response.url.path}: the answer is not JSON") from None


def _object(response: httpx.Response) -> Mapping[str, Any]:
    answer = _json(response)
    if not isinstance(answer, Mapping):
        raise Unreachable(f"{response.url.path}: the answer is not an object")
    return answer
