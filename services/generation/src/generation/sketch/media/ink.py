"""Ink wash on rice paper: tone instead of colour, far things dissolve into the sheet, one red seal."""

import numpy as np
from PIL import Image, ImageFilter

from generation.sketch.color import Color, adjust, lightness, mix, rgb
from generation.sketch.media.base import bend, blur, cover, gradient, patch, picture
from generation.sketch.noise import Field, fractal, smooth
from generation.sketch.palette import Palette, each
from generation.sketch.pen import Mask, Paint, Pen
from generation.sketch.shapes import rect

PAPER = np.array([0.956, 0.935, 0.885], np.float32)
INK = np.array([0.10, 0.115, 0.135], np.float32)
SEAL = rgb("b8322a")


def _tone(color: Color) -> Color:
    """Ink of the colour's darkness with a memory of its hue; strong colours keep more of it."""
    level = lightness(color)
    ink = mix(rgb("f4efe2"), rgb("1b1e24"), min(1.0, (1.04 - level) ** 1.05))
    vivid = max(color) - min(color) > 0.55 and level > 0.45
    return mix(ink, adjust(color, chroma=0.85), 0.62 if vivid else 0.13)


class Ink:
    """Washes that are dark at the edge and run out toward the bottom."""

    mirror = 0.28

    def prepare(self, palette: Palette) -> Palette:
        """Ink tones; the sky stays near the paper, even at night."""
        night = lightness(palette.sky_top) < 0.33
        toned = each(palette, _tone)
        sheet = rgb("8f9396") if night else rgb("f2ede0")
        sky = mix(toned.sky_top, sheet, 0.72 if night else 0.86)
        haze = mix(sky, rgb("f2ede0"), 0.75)
        return Palette(
            **{
                **vars(toned),
                "sky_top": sky,
                "sky_mid": mix(sky, haze, 0.5),
                "sky_low": haze,
                "haze": haze,
                "accent": mix(palette.accent, SEAL, 0.55),
                "light": mix(palette.light, rgb("fffdf5"), 0.5),
                "water": mix(toned.water, haze, 0.6),
                "ground": mix(toned.ground, haze, 0.35),
            }
        )

    def lay(self, pen: Pen, mask: Mask, paint: Paint) -> None:
        """Wet edge, blotchy body; land thins into mist."""
        height, width = mask.cover.shape
        blots = pen.texture[mask.y : mask.y + height, mask.x : mask.x + width]
        color = gradient(mask, paint)
        share = cover(mask, paint)
        if paint.land:
            reach = min(1.0, 0.42 * pen.height / height)
            t = np.linspace(0, 1 / reach, height, dtype=np.float32)[:, None]
            mist = np.clip(t + 0.22 * blots, 0, 1)[:, :, None] ** 1.3
            veil = np.array(paint.bottom, np.float32) * 0.3 + PAPER * 0.7
            color = np.asarray(color + (veil - color) * mist * 0.92, np.float32)
        color = color * (1 - 0.16 * blots[:, :, None])
        if height * width > 400 and float(mask.cover.mean()) > 0.03:
            wet = np.clip(mask.cover - blur(mask.cover, pen.unit / 160), 0, 1)
            color = color * (1 - 0.55 * wet[:, :, None])
        view = patch(pen, mask)
        view += (color - view) * share[:, :, None]

    def shine(self, pen: Pen, light: Field, color: Color) -> None:
        """Light is bare paper, barely warmed."""
        share = np.clip(light, 0, 1)[:, :, None] * 0.55
        pen.image += (PAPER * 0.6 + np.array(color, np.float32) * 0.4 - pen.image) * share

    def finish(self, pen: Pen) -> Image.Image:
        """Bleeding edges, paper fibres, the seal."""
        soft = bend(pen.image, pen.dice.of("bleed"), pen.unit / 120, pen.unit / 300)
        wash = np.asarray(picture(soft).filter(ImageFilter.GaussianBlur(pen.unit / 320)), np.float32) / 255
        wet = np.clip(0.5 + 0.9 * pen.texture, 0, 1)[:, :, None]
        pen.image = soft + (wash - soft) * wet * 0.8
        self._seal(pen)
        fibre = smooth(pen.dice.of("fibre", pen.detail), pen.height, pen.width, 2, 9)
        fibre = fibre + fractal(pen.dice.of("sheet"), pen.height, pen.width, pen.unit / 5, 2)
        return picture(pen.image * (PAPER / PAPER.max()) ** 0.35 * (1 + 0.022 * fibre[:, :, None]))

    @staticmethod
    def _seal(pen: Pen) -> None:
        size = pen.unit * 0.055
        x, y = pen.width - size * 1.9, pen.height - size * 2.0
        mask = pen.mask([rect(x, y, size, size)])
        if mask is None:
            return
        rng, cell = pen.dice.of("seal"), size / 9
        cuts = [
            rect(x + cell * (1 + 2 * c), y + cell * (1 + 2 * r), cell * (3 if rng.random() < 0.45 else 1), cell)
            for r in range(4)
            for c in range(3)
            if rng.random() < 0.85
        ] + [rect(x + cell * c, y + cell, cell, cell * 7) for c in (2.5, 6)]
        pen_view = patch(pen, mask)
        holes = pen.mask(cuts)
        pen_view += (np.array(SEAL, np.float32) - pen_view) * (mask.cover * 0.88)[:, :, None]
        if holes is not None:
            view = patch(pen, holes)
            view += (PAPER - view) * (holes.cover * 0.9)[:, :, None]
