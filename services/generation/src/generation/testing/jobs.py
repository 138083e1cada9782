"""The part of a scripted ComfyUI that runs jobs: one at a time, telling what the real one tells, in its order."""

import asyncio
import io
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from generation.testing.gates import Gate
from generation.testing.graphs import Graph, node_of, signature

Tell = Callable[[str | None, str, dict[str, Any]], Awaitable[None]]
"""Sends a message of this type and data to a client, or to all."""
Show = Callable[[str | None, str, bytes], Awaitable[None]]
"""Sends a client a preview of a job."""

ORDER = ("CheckpointLoaderSimple", "EmptyLatentImage", "CLIPSetLastLayer", "CLIPTextEncode", "KSampler", "VAEDecode")


@dataclass
class Job:
    """A submitted job."""

    number: int
    prompt_id: str
    graph: Graph
    client_id: str | None
    interrupted: asyncio.Event = field(default_factory=asyncio.Event)
    arrived: float = field(default_factory=time.perf_counter)

    @property
    def item(self) -> list[Any]:
        """As `/queue` shows it."""
        return [self.number, self.prompt_id, self.graph, {"client_id": self.client_id}, [self.output]]

    @property
    def output(self) -> str:
        """The id of the node that saves."""
        return node_of(self.graph, "SaveImage")

    def input(self, class_type: str, name: str) -> Any:
        """An input of the node of that class."""
        return self.graph[node_of(self.graph, class_type)]["inputs"][name]


class Failure(Exception):
    """A node raises this: `kind` is the exception's type as ComfyUI names it."""

    def __init__(self, class_type: str, kind: str, message: str) -> None:
        super().__init__(message)
        self.class_type = class_type
        self.kind = kind


class Interrupted(Exception):
    """The running job was interrupted."""


CORRUPT = Failure(
    "CheckpointLoaderSimple",
    "safetensors._safetensors_rust.SafetensorError",
    "Error while deserializing header: header too large\n",
)
OUT_OF_MEMORY = Failure("KSampler", "torch.OutOfMemoryError", "Allocation on device 0 would exceed allowed memory.")


class Executor:
    """Runs the queue. The gates: `start` before a job, `sampling` half way, `history` before its end is on record."""

    def __init__(self, tell: Tell, show: Show) -> None:
        self.pending: list[Job] = []
        self.running: Job | None = None
        self.history: dict[str, dict[str, Any]] = {}
        self.files: dict[tuple[str, str, str], bytes] = {}
        self.failures: list[Failure] = []
        self.seconds: dict[str, float] = {}  # from a job's arrival to its end
        self.picture: bytes | None = None  # what every job saves, instead of one colour
        self.gates = {"start": Gate(), "sampling": Gate(), "history": Gate()}
        self._tell = tell
        self._show = show
        self._cache: set[str] = set()
        self._arrived = asyncio.Event()

    def add(self, job: Job) -> None:
        """Queue a job."""
        self.pending.append(job)
        self._arrived.set()

    async def run(self) -> None:
        """Run jobs for ever."""
        while True:
            await self._arrived.wait()
            self._arrived.clear()
            while self.pending:
                await self.gates["start"].wait()
                if self.pending:
                    self.running = self.pending.pop(0)
                    await self._run(self.running)

    async def _run(self, job: Job) -> None:
        messages: list[list[Any]] = []

        async def say(kind: str, **data: Any) -> None:
            data["prompt_id"] = job.prompt_id
            if kind.startswith("execution_"):
                messages.append([kind, data])
            await self._tell(job.client_id, kind, data)

        outputs: dict[str, Any] = {}
        await say("execution_start")
        try:
            outputs = await self._execute(job, say)
            await say("execution_success")
        except Interrupted:
            await say("execution_interrupted", node_id=node_of(job.graph, "KSampler"), node_type="KSampler")
        except Failure as error:
            await say("execution_error", node_type=error.class_type, exception_type=error.kind, **_said(error))
        await self.gates["history"].wait()
        done = messages[-1][0] == "execution_success"
        status = {"status_str": "success" if done else "error", "completed": done, "messages": messages}
        self.history[job.prompt_id] = {"prompt": job.item, "outputs": outputs, "status": status, "meta": {}}
        self.running = None
        self.seconds[job.prompt_id] = time.perf_counter() - job.arrived
        await self._tell(None, "status", {"status": {"exec_info": {"queue_remaining": len(self.pending)}}})
        await say("executing", node=None)

    async def _execute(self, job: Job, say: Callable[..., Awaitable[None]]) -> dict[str, Any]:
        nodes = [n for kind in ORDER for n, node in job.graph.items() if node["class_type"] == kind]
        cached = [node_id for node_id in nodes if signature(job.graph, node_id) in self._cache]
        await say("execution_cached", nodes=cached)
        if self.failures:
            raise self.failures.pop(0)
        if str(job.input("CheckpointLoaderSimple", "ckpt_name")).startswith("corrupt"):
            raise CORRUPT
        for node_id in nodes:
            if node_id not in cached:
                await say("executing", node=node_id)
                if job.graph[node_id]["class_type"] == "KSampler":
                    await self._sample(job, node_id, say)
                self._cache.add(signature(job.graph, node_id))
        await say("executing", node=job.output)
        images = [self._save(job)]
        await say("executed", node=job.output, output={"images": images})
        return {job.output: {"images": images}}

    async def _sample(self, job: Job, node_id: str, say: Callable[..., Awaitable[None]]) -> None:
        steps = int(job.input("KSampler", "steps"))
        for step in range(1, steps + 1):
            if job.interrupted.is_set():
                raise Interrupted
            nodes = {node_id: {"value": step, "max": steps, "state": "running"}}
            await say("progress_state", nodes=nodes)
            await say("progress", value=step, max=steps, node=node_id)
            if step == (steps + 1) // 2:
                await self._show(job.client_id, job.prompt_id, _picture(job, "JPEG"))
                await self.gates["sampling"].wait(job.interrupted)

    def _save(self, job: Job) -> dict[str, str]:
        subfolder, _, stem = str(job.input("SaveImage", "filename_prefix")).rpartition("/")
        count = sum(1 for kept in self.files if kept[1] == subfolder) + 1
        image = {"filename": f"{stem}_{count:05}_.png", "subfolder": subfolder, "type": "output"}
        self.files[image["type"], subfolder, image["filename"]] = self.picture or _picture(job, "PNG")
        return image


def _said(error: Failure) -> dict[str, Any]:
    return {"exception_message": str(error), "traceback": ["  File …"], "node_id": "1", "current_inputs": {}}


def _picture(job: Job, kind: str) -> bytes:
    """One colour that depends on the seed; a PNG embeds the whole graph, as ComfyUI's do."""
    size = (job.input("EmptyLatentImage", "width"), job.input("EmptyLatentImage", "height"))
    color = (job.input("KSampler", "seed") % 256, 90, 160)
    info = PngInfo()
    info.add_text("prompt", json.dumps(job.graph))
    file = io.BytesIO()
    Image.new("RGB", size, color).save(file, kind, **({"pnginfo": info} if kind == "PNG" else {}))
    return file.getvalue()
