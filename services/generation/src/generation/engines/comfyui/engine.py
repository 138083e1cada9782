"""ComfyUI as an engine: pictures by diffusion models, on a pool of servers."""

import asyncio
import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from PIL import Image

from common.labelling import LARGEST, Label, Source
from generation.engines.base import Catalogue, EngineFailed, Job, OnProgress, Picture
from generation.engines.comfyui.answers import Cause
from generation.engines.comfyui.catalogue import Models
from generation.engines.comfyui.placing import Placed, Placing
from generation.engines.comfyui.pool import Pool
from generation.engines.comfyui.previews import Previews
from generation.engines.comfyui.workflow import Workflow
from generation.engines.pictures import repacked, thumbnail

NAME = "comfyui"


def develop(data: bytes, model: str, version: str, label: Label) -> tuple[bytes, bytes]:
    """The file as it is kept, and its thumbnail, without the whole graph that ComfyUI writes into its files.

    Raises:
        OSError, ValueError: this is no picture, or one too large.
    """
    with Image.open(io.BytesIO(data)) as file:
        if file.width * file.height > LARGEST:
            raise ValueError(f"{file.width} x {file.height} pixels")
        image = file.convert("RGB")
    notes = {
        "Software": f"creation-engine {NAME} {version}",
        "Source": "AI generated, diffusion model",
        "Engine": NAME,
        "EngineVersion": version,
        "Model": model,
    }
    return repacked(data, image, notes, label), thumbnail(image, label)


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
        async with self._previewed(job) as shown:
            try:
                placed = await Placing(shown, self.pool, self._workflow, on_progress, cancelled).run()
            except EngineFailed as error:
                if error.cause == Cause.LACKING:
                    self._models.stale()
                raise
        self.version = placed.server.version or self.version
        return await self._developed(placed, job)

    @asynccontextmanager
    async def _previewed(self, job: Job) -> AsyncIterator[Job]:
        """The job, with previews as they are shown: none comes after the block."""
        if job.on_preview is None:
            yield job
            return
        previews = Previews(job.on_preview, self._label(job), self.pool.clock)
        try:
            yield replace(job, on_preview=previews)
        finally:
            await previews.close()

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
