"""Woodblock print: dark key lines, a few flat colours, bokashi gradation and the grain of the board."""

import numpy as np
from PIL import Image

from generation.sketch.color import Color, adjust, lightness, mix, rgb, tint
from generation.sketch.media.base import blend, blur, cover, gradient, patch, picture
from generation.sketch.noise import Field, fractal, smooth
from generation.sketch.palette import Palette, each
from generation.sketch.pen import Mask, Paint, Pen

PRUSSIAN, BENI, OCHRE, CREAM, SUMI = map(rgb, ("1f4e79", "c8493a", "d9a648", "f1e5c8", "1c2733"))
_INKS = (PRUSSIAN, BENI, OCHRE, rgb("4f7f6a"), rgb("8fb3c4"), rgb("e8b7a0"), rgb("5a4a6a"))


def _printed(color: Color) -> Color:
    """The colour pulled toward the nearest ink the printer owns, on creamy paper."""
    near = min(_INKS, key=lambda ink: sum((p - q) ** 2 for p, q in zip(ink, color, strict=True)))
    return mix(adjust(tint(color, near, 0.6), chroma=0.95), CREAM, 0.12)


class Woodblock:
    """Each shape gets its key line; only broad fields are graded."""

    mirror = 0.2

    def prepare(self, palette: Palette) -> Palette:
        """Traditional inks; the sky grades from deep blue to bare paper."""
        printed = each(palette, _printed)
        sun = 0.3 < lightness(palette.sky_top) < 0.62 and lightness(palette.sky_low) > 0.6
        low = mix(printed.sky_low, CREAM, 0.5 if lightness(palette.sky_low) > 0.5 else 0.15)
        return Palette(
            **{
                **vars(printed),
                "sky_top": mix(printed.sky_top, PRUSSIAN, 0.35),
                "sky_mid": mix(low, printed.sky_mid, 0.35),
                "sky_low": low,
                "haze": mix(printed.haze, low, 0.5),
                "dark": SUMI,
                "light": mix(palette.light, BENI, 0.82) if sun else printed.light,
            }
        )

    def lay(self, pen: Pen, mask: Mask, paint: Paint) -> None:
        """Flat colour inside a line; the line is thinner than most brushes and tapers with cover."""
        height, width = mask.cover.shape
        color = gradient(mask, Paint(paint.top, paint.bottom))
        if paint.shade is not None:
            steps = np.round(paint.shade * 7) / 7
            color = np.asarray(color * (1 + 0.9 * steps[:, :, None]), np.float32)
        view = patch(pen, mask)
        share = cover(mask, paint)
        blend(view, color, share)
        if paint.cover > 0.6 and min(height, width) > pen.unit / 90 and float(mask.cover.mean()) > 0.03:
            line = max(1.0, pen.unit / 520)
            soft = blur(mask.cover, line)
            edge = np.clip(4.4 * soft * (1 - soft) - 0.12, 0, 1) * np.float32(0.85)
            blend(view, np.array(SUMI, np.float32), edge)

    def shine(self, pen: Pen, light: Field, color: Color) -> None:
        """No glow in print: a hint of bokashi only."""
        share = np.clip(light * 0.3, 0, 1)[:, :, None]
        pen.image += (np.array(mix(color, CREAM, 0.4), np.float32) - pen.image) * share

    def finish(self, pen: Pen) -> Image.Image:
        """Board grain, uneven inking, a cream border with a key line."""
        board = smooth(pen.dice.of("board"), pen.height, pen.width, max(1.5, pen.unit / 330), pen.unit / 3)
        worn = fractal(pen.dice.of("worn", pen.detail), pen.height, pen.width, pen.unit / 40, 3)
        image = pen.image * (1 + 0.035 * board + 0.035 * worn)[:, :, None]
        image = image + (np.array(CREAM, np.float32) - image) * np.clip(worn - 1.0, 0, 0.2)[:, :, None]
        edge = round(pen.unit / 38)
        key = max(1, round(pen.unit / 340))
        framed = np.empty_like(image)
        framed[:] = np.array(CREAM, np.float32) * (1 + 0.02 * worn[:, :, None])
        framed[edge - key : key - edge, edge - key : key - edge] = SUMI
        framed[edge:-edge, edge:-edge] = image[edge:-edge, edge:-edge]
        return picture(framed * (1 - 0.02 * np.abs(board[:, :, None])))
