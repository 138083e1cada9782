"""ComfyUI as an engine: pictures by diffusion models, on a pool of servers."""

import asyncio
import io
from dataclasses import replace

from PIL import Image

from common.labelling import Label, Source
from generation.engines.base import Catalogue, EngineFailed, Job, OnProgress, Picture
from generation.engines.comfyui.answers import Cause
from generation.engines.comfyui.catalogue import Models
from generation.engines.comfyui.placing import Placed, Placing
from generation.engines.comfyui.pool import Pool
from generation.engines.comfyui.previews import Previews
from generation.engines.comfyui.workflow import Workflow
from generation.engines.pictures import encode, thumbnail

NAME = "comfyui"


def develop(data: bytes, model: str, version: str, label: Label) -> tuple[bytes, bytes]:
    """The file as it is kept, and its thumbnail: painted anew, since ComfyUI writes the whole graph into its files.

    Raises:
        OSError, ValueError: this is no picture, or one too large.
    """
    with Image.open(io.BytesIO(data)) as file:
        image = file.convert("RGB")
    notes = {
        "Software": f"creation-engine {NAME} {version}",
        "Source": "AI generated, diffusion model",
        "Engine": NAME,
        "EngineVersion": version,
        "Model": model,
    }
    return encode(image, notes, label), thumbnail(image, label)


class ComfyEngine:
    """See `Engine`. `version` is that of the server that painted last; `provider` is named in the pictures' labels."""

    name = NAME

    def __init__(self, pool: Pool, workflow: Workflow, provider: str) -> None:
        self.version = "unknown"
        self.pool = pool
        self._workflow = workflow
        self._provider = provider
        self._models = Models(pool)

    async def models(self) -> Catalogue:
        """See `Engine.models`."""
        return await self._models.now()

    async def paint(self, job: Job, on_progress: OnProgress, cancelled: asyncio.Event) -> Picture:
        """See `Engine.paint`."""
        if job.on_preview is not None:
            job = replace(job, on_preview=Previews(job.on_preview, self._label(job), self.pool.clock))
        try:
            placed = await Placing(job, self.pool, self._workflow, on_progress, cancelled).run()
        except EngineFailed as error:
            if error.cause == Cause.LACKING:
                self._models.stale()
            raise
        self.version = placed.server.version or self.version
        return await self._developed(placed, job)

    async def _developed(self, placed: Placed, job: Job) -> Picture:
        label, version = self._label(job), placed.server.version or self.version
        try:
            png, small = await asyncio.to_thread(develop, placed.data, job.order.model, version, label)
        except (OSError, ValueError, Image.DecompressionBombError) as error:
            await placed.clear()
            raise EngineFailed(f"the file is not readable: {error}", cause=Cause.NO_PICTURE) from error
        return Picture(png, small, placed.clear, version=version, workflow_sha256=self._workflow.sha256)

    def _label(self, job: Job) -> Label:
        return Label(self._provider, job.id, Source.MODEL)

    async def close(self) -> None:
        """See `Engine.close`. Jobs go on at the servers; the next attempt finds them."""
        await self.pool.close()
