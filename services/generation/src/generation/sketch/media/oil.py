"""Oil: the scene is a plan; strokes from broad to fine follow its forms and pile up."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFilter

from generation.sketch.color import adjust
from generation.sketch.media.base import LUMA, Opaque, blend, picture
from generation.sketch.noise import Field, smooth
from generation.sketch.palette import Palette, each
from generation.sketch.pen import Pen


@dataclass(frozen=True)
class _Brush:
    """Number of strokes at plain detail; length and width in shares of the shorter side."""

    count: int
    length: float
    width: float


@dataclass(frozen=True)
class _Study:
    """What the strokes follow: colours, direction in radians, edge strength from 0 to 1."""

    colors: npt.NDArray[np.int16]
    angle: Field
    contrast: Field


_BRUSHES = (_Brush(1800, 0.1, 0.024), _Brush(5200, 0.042, 0.0105), _Brush(15000, 0.018, 0.0045))


class Oil(Opaque):
    """Rich colour with body; detail is the number of strokes."""

    texture = 0.08

    def prepare(self, palette: Palette) -> Palette:
        """Deeper, fuller colours."""
        return each(palette, lambda c: adjust(c, chroma=1.1, light=-0.01))

    def finish(self, pen: Pen) -> Image.Image:
        """Three passes of strokes along the contours, then the relief of the paint."""
        plan = picture(pen.image)
        angle, contrast = self._flow(pen, plan)
        canvas = plan.filter(ImageFilter.GaussianBlur(pen.unit / 60))
        for number, brush in enumerate(_BRUSHES):
            self._pass(pen, canvas, _Study(np.asarray(plan, np.int16), angle, contrast), brush, number)
        painted = np.asarray(np.asarray(canvas, np.float32) / 255, np.float32)
        fine = np.clip(contrast * 2.6 - 0.22, 0, 0.9)
        blend(painted, np.asarray(np.asarray(plan, np.float32) / 255, np.float32), fine)
        height = painted @ LUMA + 0.016 * smooth(pen.dice.of("bristle"), pen.height, pen.width, 2.5)
        relief = np.zeros_like(height)
        relief[1:, 1:] = height[1:, 1:] - height[:-1, :-1]
        lit = 1 + 0.9 * np.clip(relief, -0.16, 0.16)
        return picture(np.asarray(painted * lit[:, :, None], np.float32))

    @staticmethod
    def _flow(pen: Pen, plan: Image.Image) -> tuple[Field, Field]:
        """Stroke direction in radians and edge strength from 0 to 1, for each pixel."""
        level = np.asarray(plan.convert("L").filter(ImageFilter.GaussianBlur(pen.unit / 130)), np.float32)
        gy, gx = np.gradient(level)
        strength = np.hypot(gx, gy)
        drift = smooth(pen.dice.of("flow"), pen.height, pen.width, pen.unit / 4) * np.float32(0.9)
        angle = np.where(strength > 0.35, np.arctan2(gx, -gy), drift)
        return angle.astype(np.float32), np.clip(strength * np.float32(pen.unit / 9000), 0, 1)

    @staticmethod
    def _pass(pen: Pen, canvas: Image.Image, study: "_Study", brush: "_Brush", number: int) -> None:
        angle, contrast, count = study.angle, study.contrast, pen.count(brush.count)
        rng = pen.dice.of("strokes", number)
        x, y = rng.integers(0, pen.width, count), rng.integers(0, pen.height, count)
        turn = angle[y, x] + rng.normal(0, 0.18, count)
        reach = pen.unit * brush.length * rng.uniform(0.35, 0.65, count) * (1 - 0.6 * contrast[y, x])
        dx, dy = np.cos(turn) * reach, np.sin(turn) * reach
        shift = rng.integers(-14, 15, (count, 1)) + rng.integers(-7, 8, (count, 3))
        colors = np.clip(study.colors[y, x] + shift, 0, 255).tolist()
        thick = np.maximum(1, pen.unit * brush.width * rng.uniform(0.7, 1.25, count) * (1 - 0.5 * contrast[y, x]))
        ends = np.column_stack([x - dx, y - dy, x + dx, y + dy]).tolist()
        draw = ImageDraw.Draw(canvas)
        for end, color, size in zip(ends, colors, thick.tolist(), strict=True):
            draw.line(end, fill=tuple(color), width=math.ceil(size))
