"""ComfyUI as an engine: pictures by diffusion models, on a pool of servers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

from common.labelling import Label, Source
from generation.engines.base import Catalogue, EngineFailed, Job, OnProgress, Picture
from generation.engines.comfyui.answers import Cause
from generation.engines.comfyui.catalogue import Models
from generation.engines.comfyui.placing import Placed, Placing
from generation.engines.comfyui.pool import Pool
from generation.engines.comfyui.previews import Previews
from generation.engines.comfyui.workflow import Workflow

NAME = "comfyui"


class ComfyEngine:
    """See `Engine`. `version` is that of the last server that painted; `provider` is named in previews."""

    name = NAME

    def __init__(self, pool: Pool, workflow: Workflow, provider: str) -> None:
        self.version = "unknown"
        self.pool = pool
        self._workflow = workflow
        self._provider = provider
        self._models = Models(pool)
        pool.expect(workflow)

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
        return self._picture(placed, job.order.model)

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

    def _picture(self, placed: Placed, model: str) -> Picture:
        version = placed.server.version or self.version
        notes = {
            "Software": f"creation-engine {NAME} {version}",
            "Source": "AI generated, diffusion model",
            "Engine": NAME,
            "EngineVersion": version,
            "Model": model,
        }
        return Picture(
            placed.data, Source.MODEL, notes, placed.clear, version=version, workflow_sha256=self._workflow.sha256
        )

    def _label(self, job: Job) -> Label:
        return Label(self._provider, job.id, Source.MODEL)

    async def close(self) -> None:
        """See `Engine.close`. Jobs go on at the servers; the next attempt finds them."""
        await self.pool.close()
