"""A deterministic procedural painter for machines without a GPU. It is not a diffusion model."""

from generation.sketch.brief import STYLES, VERSION, Brief, Style
from generation.sketch.painter import paint
from generation.sketch.scene import Scene, read

__all__ = ["STYLES", "VERSION", "Brief", "Scene", "Style", "paint", "read"]
