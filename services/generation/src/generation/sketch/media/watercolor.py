"""Watercolour: glazes that pool at their edges, granulate on rough paper and leave a white margin."""

import numpy as np
from PIL import Image

from generation.sketch.color import Color, adjust, mix, rgb
from generation.sketch.media.base import bend, blur, cover, gradient, patch, picture
from generation.sketch.noise import Field, fractal, smooth
from generation.sketch.palette import Palette, each
from generation.sketch.pen import Mask, Paint, Pen

PAPER = np.array([0.985, 0.975, 0.95], np.float32)


class Watercolor:
    """Light, wet colour; nothing quite covers."""

    mirror = 0.6

    def prepare(self, palette: Palette) -> Palette:
        """Diluted colours: lighter darks, clean chroma."""
        return each(palette, lambda c: mix(adjust(c, chroma=1.18), rgb("fbf8f0"), 0.17))

    def lay(self, pen: Pen, mask: Mask, paint: Paint) -> None:
        """A glaze: uneven pigment, darker where the wash dried last."""
        height, width = mask.cover.shape
        blots = pen.texture[mask.y : mask.y + height, mask.x : mask.x + width]
        color = gradient(mask, paint)
        color = color + (PAPER - color) * np.clip(0.14 + 0.20 * blots, 0, 0.6)[:, :, None]
        share = cover(mask, paint) * np.float32(0.93)
        density = float(mask.cover.mean())
        if height * width > 900 and density > 0.03:
            pooled = np.clip(mask.cover - blur(mask.cover, pen.unit / 90), 0, 1)
            color = color * (1 - min(0.55, 1.6 * density) * pooled[:, :, None])
        view = patch(pen, mask)
        view += (color - view) * share[:, :, None]

    def shine(self, pen: Pen, light: Field, color: Color) -> None:
        """Lifted pigment: toward the light's colour and the paper."""
        share = np.clip(light * 0.85, 0, 1)[:, :, None]
        pen.image += (np.array(color, np.float32) * 0.7 + PAPER * 0.3 - pen.image) * share

    def finish(self, pen: Pen) -> Image.Image:
        """Wobbling edges, blooms, tooth of the paper, a torn white margin."""
        image = bend(pen.image, pen.dice.of("hand"), pen.unit / 42, pen.unit / 170)
        image = bend(image, pen.dice.of("bleed"), pen.unit / 200, pen.unit / 420)
        bloom = fractal(pen.dice.of("bloom"), pen.height, pen.width, pen.unit / 4, 3)
        ring = np.exp(-((bloom * 9) ** 2)) * np.float32(0.022)
        tooth = smooth(pen.dice.of("tooth", pen.detail), pen.height, pen.width, max(1.5, pen.unit / 400))
        pigment = 1 - image.mean(axis=2)
        image = image * (1 - (ring + 0.075 * tooth * np.clip(pigment * 1.6, 0.15, 1))[:, :, None])
        margin = self._margin(pen)[:, :, None]
        return picture(image * margin + PAPER * (1 + 0.015 * tooth[:, :, None]) * (1 - margin))

    @staticmethod
    def _margin(pen: Pen) -> Field:
        """1 inside the painted area, 0 on the bare border."""
        x = np.arange(pen.width, dtype=np.float32)
        y = np.arange(pen.height, dtype=np.float32)
        inside = np.minimum(np.minimum(x, pen.width - 1 - x)[None, :], np.minimum(y, pen.height - 1 - y)[:, None])
        torn = pen.texture * (pen.unit / 75)
        return np.asarray(np.clip((inside + torn - pen.unit / 36) / (pen.unit / 200), 0, 1), np.float32)
