"""Forests and bamboo: rows of trees in thinning air, trunks that frame the view."""

import math

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.noise import Rng
from generation.sketch.shapes import Outline, curve, oval, poly, rect, stroke
from generation.sketch.stage import Stage


def trees(stage: Stage) -> None:
    """A forest in four rows where asked for; a few distant trees elsewhere on green land."""
    if any(stage.has(s) for s in ("space", "underwater", "desert", "city", "bamboo")):
        return
    if stage.has("forest"):
        for index in range(4):
            _row(stage, index, index / 3)
    elif not stage.has("sea"):
        _copses(stage)


def _row(stage: Stage, index: int, near: float) -> None:
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("woods", index)
    conifer = stage.snowy or stage.has("mountains") or rng.random() < 0.55
    tall = stage.unit * (0.2 + 0.34 * near)
    foot = stage.horizon + stage.unit * (0.02 + 0.14 * near**1.4) * (0.2 if stage.wet else 1)
    hue = mix(palette.foliage, palette.dark, 0.25 + 0.35 * near)
    for tone in range(3):
        shapes: list[Outline] = []
        x = -tall * 0.2 + tall * 0.14 * tone
        while x < pen.width + tall * 0.2:
            clear = abs(x - stage.focus) / pen.width
            size = tall * float(rng.uniform(0.55, 1.1))
            if near < 0.6 or clear > 0.17 + 0.1 * near:
                shapes += _conifer(rng, x, foot, size) if conifer else _round(rng, x, foot, size)
            x += tall * float(rng.uniform(0.28, 0.62))
        color = palette.far(adjust(hue, light=0.035 * (tone - 1)), 0.88 - 0.8 * near)
        pen.fill(shapes, color, palette.far(mix(color, palette.haze, 0.35 * (1 - near)), 0.15))


def _conifer(rng: Rng, x: float, foot: float, size: float) -> list[Outline]:
    """A fir in drooping tiers."""
    half = size * float(rng.uniform(0.16, 0.22))
    right: list[tuple[float, float]] = []
    tiers = 6
    for k in range(tiers):
        t = (k + 1) / tiers
        y = foot - size * (1 - 0.9 * t)
        right += [(half * t * float(rng.uniform(0.9, 1.15)), y + size * 0.03), (half * t * 0.52, y - size * 0.004)]
    left = [(-px, py) for px, py in reversed(right)]
    crown = poly([(x, foot - size), *((x + px, py) for px, py in right), *((x + px, py) for px, py in left)])
    return [crown, rect(x - size * 0.018, foot - size * 0.14, size * 0.036, size * 0.16)]


def _round(rng: Rng, x: float, foot: float, size: float) -> list[Outline]:
    """A broad-leaved tree of overlapping clumps."""
    parts = [stroke([(x, foot), (x, foot - size * 0.55)], size * 0.05, size * 0.025)]
    for _ in range(11):
        angle, away = float(rng.uniform(0, 2 * math.pi)), size * 0.2 * float(rng.random()) ** 0.5
        cx, cy = x + away * math.cos(angle) * 1.05, foot - size * 0.68 + away * math.sin(angle) * 1.25
        parts.append(oval(cx, cy, size * float(rng.uniform(0.08, 0.13)), corners=14))
    return parts


def _copses(stage: Stage) -> None:
    """Small groups of trees where the hills meet the ground."""
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("copses")
    for _ in range(4):
        centre = float(rng.random()) * pen.width
        shapes: list[Outline] = []
        for _ in range(int(rng.integers(4, 9))):
            x = centre + float(rng.normal(0, 0.045)) * pen.width
            size = stage.unit * float(rng.uniform(0.035, 0.075))
            foot = stage.horizon + stage.unit * 0.016
            shapes += (
                _conifer(rng, x, foot, size) if stage.has("mountains") or stage.snowy else _round(rng, x, foot, size)
            )
        color = palette.far(mix(palette.foliage, palette.dark, 0.35), 0.42)
        pen.fill(shapes, color, palette.far(color, 0.3))


def bamboo(stage: Stage) -> None:
    """A grove: pale stalks far off, dark jointed ones at the sides, leaves hanging in from above."""
    if not stage.has("bamboo"):
        return
    pen, palette = stage.pen, stage.palette
    green = mix(palette.foliage, rgb("5d9c46"), 0.45 * stage.obedience if stage.time == "day" else 0.15)
    for layer in range(4):
        near, rng = layer / 3, stage.dice.of("bamboo", layer)
        color = palette.far(mix(green, palette.dark, 0.28 * near), 0.84 - 0.8 * near)
        stalks: list[Outline] = []
        joints: list[Outline] = []
        leaves: list[Outline] = []
        for _ in range((16, 12, 8, 5)[layer]):
            x = float(rng.random()) * pen.width
            if layer > 1 and abs(x - stage.focus) < pen.width * (0.12 + 0.08 * near):
                x = (x + pen.width * 0.4) % pen.width
            for kind, drawn in zip(
                (stalks, joints, leaves), _stalk(stage, rng, x, stage.unit * (0.008 + 0.022 * near)), strict=True
            ):
                kind.extend(drawn)
        pen.fill(stalks, color, mix(color, palette.dark, 0.2))
        pen.fill(joints, mix(color, palette.dark, 0.45), cover=0.7)
        pen.fill(leaves, adjust(color, light=-0.03), adjust(color, light=0.03))


def _stalk(stage: Stage, rng: Rng, x: float, width: float) -> tuple[list[Outline], list[Outline], list[Outline]]:
    """One stalk, its joints and its leaves."""
    joints: list[Outline] = []
    leaves: list[Outline] = []
    foot, lean = stage.pen.height * 1.02, float(rng.normal(0, 0.035)) * stage.pen.height
    path = curve([(x, foot), (x + lean * 0.35, foot * 0.5), (x + lean * 1.2, -10)], per=10)
    stalk = stroke(path, width, width * 0.75)
    for k in range(2, len(path), 3):
        jx, jy = float(path[k, 0]), float(path[k, 1])
        joints.append(oval(jx, jy, width * 0.62, width * 0.14, corners=12))
        if rng.random() < 0.62 and jy < stage.pen.height * 0.75:
            for _ in range(stage.pen.count(3)):
                angle, length = float(rng.uniform(0.1, 1.2)), width * float(rng.uniform(3.2, 5.5))
                side = 1 if rng.random() < 0.5 else -1
                tip = (jx + side * length * math.cos(angle), jy + length * math.sin(angle))
                middle = ((jx + tip[0]) / 2, (jy + tip[1]) / 2 - length * 0.08)
                leaves.append(stroke([(jx, jy), middle, tip], width * 0.1, 0.2, belly=width * 0.62))
    return [stalk], joints, leaves
