"""A city in rows of towers, dissolving into haze behind and lit from within at night."""

import numpy as np

from generation.sketch.color import Color, mix, rgb
from generation.sketch.noise import Rng
from generation.sketch.shapes import Outline, oval, poly, rect
from generation.sketch.stage import Stage

SIGNS = tuple(map(rgb, ("ff3d9a", "29e3ff", "ffb13d", "9d6bff", "45ffb2")))

Box = tuple[float, float, float, float]
"""x, y, width and height of a building's front, in pixels."""


def skyline(stage: Stage) -> None:
    """Four rows of buildings, the last ones framing the view left and right."""
    if not stage.has("city"):
        return
    rows = 4
    for index in range(rows):
        near = index / (rows - 1)
        _row(stage, index, near)
    if not stage.wet:
        _street(stage)


def _row(stage: Stage, index: int, near: float) -> None:
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("city", index)
    body = palette.far(mix(palette.land, palette.dark, 0.5 * near), 0.92 - 0.85 * near)
    towers: list[Outline] = []
    windows: list[Outline] = []
    boxes: list[Box] = []
    x = -stage.unit * 0.05
    while x < pen.width:
        width = stage.unit * float(rng.uniform(0.05, 0.1)) * (0.75 + 0.75 * near)
        middle = abs(x + width / 2 - stage.focus) / pen.width
        tall = stage.horizon * float(rng.uniform(0.3, 0.72)) * (1.05 - 0.35 * near)
        tall *= (0.5 + 1.25 * middle) if near > 0.6 else (1.2 - 0.7 * middle)
        if near > 0.9 and middle < 0.2:
            tall *= 0.3
        towers += _tower(rng, x, stage.horizon, width, tall)
        boxes.append((x, stage.horizon - tall, width, tall))
        x += width * float(rng.uniform(0.9, 1.25))
    base = mix(body, palette.haze, 0.55 * (1 - near) + 0.12)
    pen.fill([*towers, rect(0, stage.horizon - 1, pen.width, stage.unit * 0.04)], body, base)
    for box in boxes:
        windows += _windows(stage, rng, box, near)
    lamp = mix(rgb("ffd68a"), palette.light, 0.3) if stage.dark else mix(palette.sky_mid, rgb("ffffff"), 0.4)
    pen.fill(windows, mix(lamp, body, 0.62 * (1 - near)), cover=0.85 if stage.dark else 0.4)
    if stage.scene.palette == "neon" and near > 0.3:
        _signs(stage, rng, boxes, near)


def _tower(rng: Rng, x: float, foot: float, width: float, tall: float) -> list[Outline]:
    """A box with one of five heads."""
    top = foot - tall
    parts = [rect(x, top, width, tall + 2)]
    kind = int(rng.integers(0, 5))
    if kind == 0:
        parts += [rect(x + width * 0.2, top - tall * 0.07, width * 0.6, tall * 0.08)]
        parts += [rect(x + width * 0.47, top - tall * 0.22, width * 0.05, tall * 0.2)]
    elif kind == 1:
        parts.append(poly([(x, top + 1), (x + width, top + 1), (x + width, top - width * 0.45)]))
    elif kind == 2:
        parts.append(poly([(x, top + 1), (x + width / 2, top - width * 0.9), (x + width, top + 1)]))
    elif kind == 3:
        parts.append(oval(x + width / 2, top, width / 2, width * 0.35))
    return parts


def _windows(stage: Stage, rng: Rng, box: Box, near: float) -> list[Outline]:
    x, y, width, tall = box
    cell = max(2.5, stage.unit * (0.008 + 0.007 * near) / min(1.25, max(0.7, stage.pen.detail**0.3)))
    columns, rows = int(width / cell) - 1, int(tall / cell / 1.3) - 1
    if columns < 1 or rows < 1:
        return []
    lit = np.argwhere(rng.random((rows, columns)) < (0.42 if stage.dark else 0.6))
    inset = (width - columns * cell) / 2
    return [rect(x + inset + c * cell, y + (r + 0.6) * cell * 1.3, cell * 0.55, cell * 0.7) for r, c in lit.tolist()]


def _signs(stage: Stage, rng: Rng, boxes: list[Box], near: float) -> None:
    for x, y, width, tall in boxes:
        if rng.random() > 0.75 or tall < stage.unit * 0.1:
            continue
        color: Color = SIGNS[int(rng.integers(0, len(SIGNS)))]
        wide, high = width * 0.22, tall * float(rng.uniform(0.2, 0.42))
        left, top = x + width * float(rng.uniform(0.1, 0.65)), y + tall * float(rng.uniform(0.1, 0.4))
        stage.pen.fill(rect(left, top, wide, high), color, mix(color, stage.palette.dark, 0.2))
        marks = [rect(left + wide * 0.25, top + high * (k + 0.3) / 5, wide * 0.5, high * 0.07) for k in range(5)]
        stage.pen.fill(marks, rgb("ffffff"), cover=0.8)
        if near > 0.6:
            stage.pen.glow(left + wide / 2, top + high / 2, high * 1.1, color, 0.4)


def _street(stage: Stage) -> None:
    """A road that runs to the vanishing point, wet with the colours above it."""
    pen, palette = stage.pen, stage.palette
    top = int(stage.horizon)
    rows = pen.height - top
    source = np.clip(top - 1 - np.arange(rows) * 1.6, 0, top - 1).astype(np.int32)
    shine = 0.55 if stage.scene.weather == "rain" or stage.scene.palette == "neon" else 0.18
    road = np.array(mix(palette.dark, palette.haze, 0.25), np.float32)
    pen.image[top:] = road + (pen.image[source] - road) * np.float32(shine * pen.medium.mirror)
    x, foot = stage.focus, float(pen.height)
    for side in (-1, 1):
        walk = [
            (x + side * 4, stage.horizon),
            (x + side * stage.unit * 0.5, foot),
            (side * 9e3 + x, foot),
            (side * 9e3 + x, stage.horizon),
        ]
        clipped = np.clip(poly(walk), [-10, 0], [pen.width + 10, pen.height])
        pen.fill(clipped, mix(palette.dark, palette.land, 0.6), cover=0.4)
    dashes = []
    for k in range(7):
        near, far = ((k + 0.5) / 7) ** 2, (k / 7) ** 2
        a, b = stage.horizon + rows * far, stage.horizon + rows * near
        dashes.append(poly([(x - 1 - 8 * far, a), (x + 1 + 8 * far, a), (x + 1 + 8 * near, b), (x - 1 - 8 * near, b)]))
    pen.fill(dashes, mix(palette.light, palette.haze, 0.3), cover=0.5)
