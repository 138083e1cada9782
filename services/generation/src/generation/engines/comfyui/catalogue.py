"""The models on offer: what the servers that can run the graph have, else what they had, else the defaults."""

import asyncio
from collections.abc import Iterable

from generation.engines.base import Catalogue, Model, Source
from generation.engines.comfyui.pool import Pool

HOLDS_SECONDS = {"comfyui": 30.0, "fallback": 3.0, "error": 3.0}
DEFAULTS = ("v1-5-pruned-emaonly-fp16.safetensors", "sd_xl_base_1.0.safetensors")
SUFFIXES = (".safetensors", ".ckpt", ".pt", ".pth", ".sft", ".gguf")


def models_of(names: Iterable[str], origin: str) -> tuple[Model, ...]:
    """Each name once, in the order given, labelled without its suffix."""
    return tuple(Model(_label(name), name, f"{name} - {origin}") for name in dict.fromkeys(names))


def _label(name: str) -> str:
    suffix = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    return name[: len(name) - len(suffix)]


class Models:
    """The list, kept for a while."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._known: Catalogue | None = None
        self._asked_at = 0.0
        self._last: tuple[Model, ...] = models_of(DEFAULTS, "默认模型")
        self._asking = asyncio.Lock()

    async def now(self) -> Catalogue:
        """The list; `fallback` when no server answers, `error` when an answer is of no use."""
        async with self._asking:
            if self._known is None or self._pool.clock() - self._asked_at >= HOLDS_SECONDS[self._known.source]:
                self._known = await self._ask()
                self._asked_at = self._pool.clock()
            return self._known

    def stale(self) -> None:
        """Ask anew the next time."""
        self._known = None

    async def _ask(self) -> Catalogue:
        await self._pool.refresh()
        up = [server for server in self._pool.servers if server.standing.up]
        names = [name for server in up for name in server.checkpoints or () if server.may_have(name)]
        if names:
            self._last = models_of(names, "来自ComfyUI")
            return Catalogue(self._last, "comfyui")
        source: Source = "error" if up else "fallback"
        return Catalogue(self._last, source)
