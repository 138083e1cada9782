"""The procedural painter as an engine: for machines without a GPU. It says everywhere that it is one."""

import asyncio
import io
from collections.abc import Callable

from common.labelling import Source
from generation.engines.base import Catalogue, Job, Model, OnProgress, Picture
from generation.engines.painters import Painters
from generation.sketch import STYLES, VERSION, Brief, paint

NAME = "sketch"
NOTES = {
    "Software": f"creation-engine {NAME} {VERSION}",
    "Source": "procedural painting, no diffusion model",
    "Engine": NAME,
    "EngineVersion": VERSION,
}


def paint_picture(brief: Brief, tell: Callable[[float], None]) -> Picture:
    """Paint one picture; runs in a painter."""
    file = io.BytesIO()
    paint(brief, tell).save(file, "PNG", compress_level=4)
    return Picture(file.getvalue(), Source.PROCEDURE, NOTES)


class SketchEngine:
    """See `Engine`. Each model is a style of the painter."""

    name = NAME
    version = VERSION

    def __init__(self, painters: int) -> None:
        self._painters = Painters(painters)

    async def models(self) -> Catalogue:
        """See `Engine.models`."""
        models = tuple(Model(style.label, style.value, style.description) for style in STYLES)
        return Catalogue(models, "default")

    async def paint(self, job: Job, on_progress: OnProgress, cancelled: asyncio.Event) -> Picture:
        """See `Engine.paint`."""
        order = job.order
        brief = Brief(
            prompt=order.prompt,
            negative_prompt=order.negative_prompt,
            width=order.width,
            height=order.height,
            steps=order.steps,
            cfg=order.cfg_scale,
            seed=job.seed,
            style=order.model,
        )
        return await self._painters.paint(paint_picture, brief, on_progress, cancelled)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._painters.close()
