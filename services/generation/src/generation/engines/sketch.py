"""The procedural painter as an engine: for machines without a GPU. It says everywhere that it is one."""

import asyncio
from collections.abc import Callable
from functools import partial

from common.labelling import Label, Source
from generation.engines.base import Catalogue, Job, Model, OnProgress, Picture
from generation.engines.painters import Painters
from generation.engines.pictures import encode, thumbnail
from generation.sketch import STYLES, VERSION, Brief, paint

NAME = "sketch"
NOTES = {
    "Software": f"creation-engine {NAME} {VERSION}",
    "Source": "procedural painting, no diffusion model",
    "Engine": NAME,
    "EngineVersion": VERSION,
}


def paint_picture(label: Label, brief: Brief, tell: Callable[[float], None]) -> Picture:
    """Paint, encode and shrink one picture; runs in a painter."""
    image = paint(brief, tell)
    return Picture(encode(image, NOTES, label), thumbnail(image, label))


class SketchEngine:
    """See `Engine`. Each model is a style of the painter; `provider` is named in the pictures' labels."""

    name = NAME
    version = VERSION

    def __init__(self, painters: int, provider: str) -> None:
        self._provider = provider
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
        label = Label(self._provider, job.id, Source.PROCEDURE)
        return await self._painters.paint(partial(paint_picture, label), brief, on_progress, cancelled)

    async def close(self) -> None:
        """See `Engine.close`."""
        await self._painters.close()
