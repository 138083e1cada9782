"""Two styles that rebuild the planned scene from pieces: triangles, and dots of pure colour."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from generation.sketch.color import adjust
from generation.sketch.media.base import Opaque, picture
from generation.sketch.noise import Field
from generation.sketch.palette import Palette, each
from generation.sketch.pen import Pen


def _edges(plan: Image.Image, radius: float) -> Field:
    """Edge strength of a picture, 0 and up."""
    level = np.asarray(plan.convert("L").filter(ImageFilter.GaussianBlur(radius)), np.float32)
    gy, gx = np.gradient(level)
    return np.asarray(np.hypot(gx, gy), np.float32)


class LowPoly(Opaque):
    """Triangles whose corners seek the edges of the scene; detail is how many there are."""

    texture = 0.05
    mirror = 0.7

    def prepare(self, palette: Palette) -> Palette:
        """Crisp, full colours."""
        return each(palette, lambda c: adjust(c, chroma=1.12))

    def finish(self, pen: Pen) -> Image.Image:
        """Each triangle takes the mean colour of its middle, lit a little by its tilt."""
        plan = picture(pen.image)
        columns = max(8, round(40 * pen.detail**0.5 * pen.width / pen.unit))
        rows = max(8, round(40 * pen.detail**0.5 * pen.height / pen.unit))
        corners = self._corners(pen, plan, rows, columns)
        a, b, c, d = corners[:-1, :-1], corners[:-1, 1:], corners[1:, 1:], corners[1:, :-1]
        slant = (np.add.outer(np.arange(rows), np.arange(columns)) % 2 == 0)[:, :, None, None]
        first = np.where(slant, np.stack([a, b, c], 2), np.stack([a, b, d], 2)).reshape(-1, 3, 2)
        second = np.where(slant, np.stack([a, c, d], 2), np.stack([b, c, d], 2)).reshape(-1, 3, 2)
        triangles = np.concatenate([first, second])
        triangles, colors = self._refined(pen, plan, triangles)
        big = Image.new("RGB", (pen.width, pen.height))
        draw = ImageDraw.Draw(big)
        for triangle, color in zip(triangles.reshape(-1, 6).tolist(), colors.tolist(), strict=True):
            draw.polygon(triangle, fill=tuple(color), outline=tuple(color))
        return big

    @staticmethod
    def _corners(pen: Pen, plan: Image.Image, rows: int, columns: int) -> Field:
        """A jittered grid of (x, y); of several guesses each corner keeps the one on the strongest edge."""
        rng = pen.dice.of("corners")
        step = np.array([pen.width / columns, pen.height / rows])
        grid = np.stack(np.meshgrid(np.arange(columns + 1), np.arange(rows + 1)), 2) * step
        guesses = grid + rng.uniform(-0.42, 0.42, (14, *grid.shape)) * step
        limit = np.array([pen.width - 1, pen.height - 1])
        at = np.clip(guesses, 0, limit).astype(int)
        score = _edges(plan, pen.unit / 700)[at[..., 1], at[..., 0]]
        best = np.take_along_axis(guesses, score.argmax(axis=0)[None, :, :, None], 0)[0]
        best[0, :, 1], best[-1, :, 1] = -1, pen.height
        best[:, 0, 0], best[:, -1, 0] = -1, pen.width
        return np.asarray(best, np.float32)

    def _refined(self, pen: Pen, plan: Image.Image, triangles: Field) -> tuple[Field, Field]:
        """Quarter the triangles that hide an edge, twice, so that faces and windows survive."""
        kept: list[Field] = []
        for _ in range(2):
            busy = self._samples(pen, plan, triangles).std(axis=1).mean(axis=1) > 15
            kept.append(triangles[~busy])
            a, b, c = (triangles[busy][:, k] for k in range(3))
            ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
            quarters = ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
            triangles = np.concatenate([np.stack(corner, 1) for corner in quarters])
        triangles = np.concatenate([*kept, triangles])
        color = np.median(self._samples(pen, plan, triangles), axis=1)
        tilt = pen.dice.of("tilt", pen.detail).normal(0, 0.05, (len(triangles), 1))
        return triangles, np.clip(color * (1 + tilt) + 2, 0, 255).astype(np.uint8)

    @staticmethod
    def _samples(pen: Pen, plan: Image.Image, triangles: Field) -> Field:
        """Colours at seven places in each triangle."""
        pixels = np.asarray(plan, np.float32)
        limit = np.array([pen.width - 1, pen.height - 1])
        weights = np.array([[1, 1, 1], [4, 1, 1], [1, 4, 1], [1, 1, 4], [2, 2, 1], [1, 2, 2], [2, 1, 2]], np.float32)
        weights /= weights.sum(axis=1, keepdims=True)
        at = np.clip(np.einsum("wk,nkx->nwx", weights, triangles), 0, limit).astype(int)
        return np.asarray(pixels[at[..., 1], at[..., 0]], np.float32)


@dataclass(frozen=True)
class _Layer:
    """Dots at plain detail, their radius in shares of the shorter side; `keen` ones sit on edges only."""

    count: int
    radius: float
    keen: float


_LAYERS = (_Layer(7500, 0.0062, 0.0), _Layer(15000, 0.0042, 0.0), _Layer(40000, 0.0021, 7.0))


class Points(Opaque):
    """Dots in layers from large to small; neighbours differ in hue and mix in the eye."""

    texture = 0.1

    def prepare(self, palette: Palette) -> Palette:
        """Pure, lighter colours."""
        return each(palette, lambda c: adjust(c, chroma=1.18, light=0.03))

    def finish(self, pen: Pen) -> Image.Image:
        """Large dots everywhere, small ones where the scene has edges."""
        plan = picture(pen.image)
        canvas = Image.blend(plan, Image.new("RGB", plan.size, (243, 234, 214)), 0.3)
        edges = _edges(plan, pen.unit / 400)
        draw = ImageDraw.Draw(canvas)
        colors = np.asarray(plan, np.float32)
        for number, layer in enumerate(_LAYERS):
            self._dots(pen, colors, edges, draw, number=number, layer=layer)
        return canvas

    @staticmethod
    def _dots(pen: Pen, plan: Field, edges: Field, draw: ImageDraw.ImageDraw, *, number: int, layer: "_Layer") -> None:
        rng = pen.dice.of("dots", number)
        count = round(pen.count(layer.count) * pen.width * pen.height / pen.unit**2)
        x, y = rng.integers(0, pen.width, count), rng.integers(0, pen.height, count)
        if layer.keen:
            kept = edges[y, x] > rng.random(count) * layer.keen
            x, y = x[kept], y[kept]
        split = rng.choice(np.array([[18, 4, -15], [-12, 7, 17], [7, -11, 8], [4, 10, -7]]), len(x))
        colors = np.clip(plan[y, x] + split * rng.uniform(0.3, 1.25, (len(x), 1)) + 3, 0, 255).astype(int).tolist()
        size = np.maximum(0.8, pen.unit * layer.radius * rng.uniform(0.75, 1.2, len(x)))
        boxes = np.column_stack([x - size, y - size, x + size, y + size]).tolist()
        for box, color in zip(boxes, colors, strict=True):
            draw.ellipse(box, fill=tuple(color))
