"""The surface that everything is drawn on: masks from outlines, laid down in a medium's own way."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from PIL import Image, ImageDraw

from generation.sketch.color import Color
from generation.sketch.noise import Dice, Field, fractal
from generation.sketch.palette import Palette
from generation.sketch.shapes import Outline, shift


@dataclass(frozen=True)
class Mask:
    """Coverage from 0 to 1 of a patch whose upper left corner is at (x, y)."""

    x: int
    y: int
    cover: Field


@dataclass(frozen=True)
class Paint:
    """A vertical gradient over the patch. `fade` is the share of cover lost at its bottom.

    `land` marks broad ground whose edge tells distance; `shade` is an optional lightness field of the patch.
    """

    top: Color
    bottom: Color
    cover: float = 1.0
    fade: float = 0.0
    land: bool = False
    shade: Field | None = None


class Medium(Protocol):
    """How a style prepares colours, lays down a mask, shows light and ends a picture."""

    mirror: float
    """How clearly water mirrors, 0 to 1."""

    def prepare(self, palette: Palette) -> Palette:
        """The palette as this medium can show it."""

    def lay(self, pen: "Pen", mask: Mask, paint: Paint) -> None:
        """Put paint on the picture."""

    def shine(self, pen: "Pen", light: Field, color: Color) -> None:
        """Add light, a field as large as the picture."""

    def finish(self, pen: "Pen") -> Image.Image:
        """The last passes over the whole picture."""


class Pen:
    """A picture in the making: `image` is RGB from 0 to 1, `unit` its shorter side in pixels."""

    def __init__(self, width: int, height: int, medium: Medium, dice: Dice, detail: float) -> None:
        self.width, self.height = width, height
        self.unit = float(min(width, height))
        self.medium, self.dice, self.detail = medium, dice, detail
        self.image: Field = np.ones((height, width, 3), np.float32)
        self.texture = fractal(dice.of("texture"), height, width, self.unit / 14, 5)

    def count(self, number: float) -> int:
        """How many small things to draw at this level of detail."""
        return max(1, round(number * self.detail))

    def fill(
        self,
        outlines: Outline | Iterable[Outline],
        top: Color,
        bottom: Color | None = None,
        *,
        cover: float = 1.0,
        fade: float = 0.0,
    ) -> None:
        """Lay down the union of outlines given in pixels, y down."""
        shapes = [outlines] if isinstance(outlines, np.ndarray) else list(outlines)
        mask = self.mask(shapes)
        if mask is not None:
            self.medium.lay(self, mask, Paint(top, bottom or top, cover, fade))

    def below(self, edge: Field, paint: Paint) -> None:
        """Lay down everything under a line that gives a y for each column."""
        first = max(0, math.floor(float(edge.min())) - 1)
        if first < self.height:
            rows = np.arange(first, self.height, dtype=np.float32)[:, None]
            cover = np.clip(rows - edge[None, :] + 0.5, 0, 1).astype(np.float32)
            self.medium.lay(self, Mask(0, first, cover), paint)

    def mask(self, shapes: list[Outline]) -> Mask | None:
        """Coverage of the union of outlines, cut to the picture; None when nothing is in view."""
        if not shapes:
            return None
        low = np.floor(np.min([s.min(axis=0) for s in shapes], axis=0)).astype(int) - 1
        high = np.ceil(np.max([s.max(axis=0) for s in shapes], axis=0)).astype(int) + 2
        x, y = max(0, int(low[0])), max(0, int(low[1]))
        right, bottom = min(self.width, int(high[0])), min(self.height, int(high[1]))
        if right <= x or bottom <= y:
            return None
        fine = 3 if (right - x) * (bottom - y) < 200_000 else 2
        sheet = Image.new("L", ((right - x) * fine, (bottom - y) * fine))
        draw = ImageDraw.Draw(sheet)
        for shape in shapes:
            draw.polygon(((shape - (x, y)) * fine).ravel().tolist(), fill=255)
        cover = np.asarray(sheet.reduce(fine), dtype=np.float32) / np.float32(255)
        return Mask(x, y, cover)

    def glow(self, x: float, y: float, radius: float, color: Color, strength: float) -> None:
        """A soft round light at a point in pixels."""
        dx = (np.arange(self.width, dtype=np.float32) - x) / radius
        dy = (np.arange(self.height, dtype=np.float32) - y) / radius
        distance = dx[None, :] ** 2 + dy[:, None] ** 2
        self.medium.shine(self, (strength / (1 + 4 * distance) ** 2).astype(np.float32), color)


@dataclass(frozen=True)
class Spot:
    """Where a subject stands: its foot in pixels, its size, and which way it looks."""

    pen: Pen
    x: float
    y: float
    size: float
    flip: int = 1

    def place(self, outline: Outline) -> Outline:
        """From the subject's coordinates (y up, height about 1) to pixels."""
        return shift(np.multiply(outline, (self.size * self.flip, -self.size)), self.x, self.y)

    def fill(
        self,
        outlines: Outline | list[Outline],
        top: Color,
        bottom: Color | None = None,
        *,
        cover: float = 1.0,
        fade: float = 0.0,
    ) -> None:
        """Fill outlines given in the subject's coordinates."""
        shapes = [outlines] if isinstance(outlines, np.ndarray) else outlines
        self.pen.fill([self.place(shape) for shape in shapes], top, bottom, cover=cover, fade=fade)

    def glow(self, x: float, y: float, radius: float, color: Color, strength: float = 0.6) -> None:
        """A soft light at a point of the subject."""
        at = self.place(np.array([[x, y]]))[0]
        self.pen.glow(float(at[0]), float(at[1]), radius * self.size, color, strength)
