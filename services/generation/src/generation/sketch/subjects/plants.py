"""Trees and flowers near the viewer."""

import math

import numpy as np

from generation.sketch.color import Color, adjust, mix, rgb
from generation.sketch.noise import Rng
from generation.sketch.palette import COLOURS
from generation.sketch.pen import Spot
from generation.sketch.shapes import Outline, blob, oval, shift, stroke
from generation.sketch.stage import Stage

Tip = tuple[float, float]


def _branches(
    rng: Rng, start: Tip, angle: float, length: float, *, width: float, depth: int
) -> tuple[list[Outline], list[Tip]]:
    """A branching limb: its outlines and where the leaves grow."""
    bend = float(rng.normal(0, 0.16))
    middle = (start[0] + length * 0.5 * math.cos(angle + bend), start[1] + length * 0.5 * math.sin(angle + bend))
    end = (start[0] + length * math.cos(angle), start[1] + length * math.sin(angle))
    limbs, tips = [stroke([start, middle, end], width, width * 0.62)], [end] if depth < 2 else []
    if depth == 0:
        return limbs, tips
    for side in (-1, 1):
        turn = side * float(rng.uniform(0.25, 0.62)) + float(rng.normal(0, 0.08))
        more, ends = _branches(
            rng, end, angle + turn, length * float(rng.uniform(0.66, 0.82)), width=width * 0.62, depth=depth - 1
        )
        limbs, tips = limbs + more, tips + ends
    return limbs, tips


def tree(stage: Stage, spot: Spot) -> None:
    """An old broad tree whose crown follows the season."""
    rng, palette = stage.dice.of("tree"), stage.palette
    limbs, tips = _branches(rng, (0.0, -0.03), math.pi / 2 + float(rng.normal(0, 0.06)), 0.3, width=0.1, depth=5)
    bark = mix(mix(rgb("5a4030"), palette.dark, 0.45), palette.haze, 0.06)
    spot.fill(blob([(-0.16, -0.05), (-0.06, 0.03), (-0.04, 0.14), (0.04, 0.14), (0.06, 0.03), (0.17, -0.05)]), bark)
    spot.fill(limbs, adjust(bark, light=0.05), bark)
    leaf = palette.foliage if "blossom" not in stage.scene.subjects else rgb("f3b6c8")
    if stage.snowy:
        leaf = mix(rgb("f4f8fb"), palette.haze, 0.15)
    for tone in range(4):
        clumps: list[Outline] = []
        for x, y in tips:
            for _ in range(stage.pen.count(2.2)):
                dx, dy, r = float(rng.normal(0, 0.05)), float(rng.normal(0, 0.04)), float(rng.uniform(0.012, 0.05))
                clumps.append(
                    oval(
                        x + dx - 0.012 * tone,
                        y + dy + 0.02 * tone,
                        r * (1.15 - 0.2 * tone),
                        r * (0.95 - 0.2 * tone),
                        corners=12,
                    )
                )
        color = adjust(mix(leaf, palette.dark, 0.34 - 0.13 * tone), light=0.02 * tone)
        spot.fill(clumps, mix(color, palette.light, 0.05 * tone), mix(color, palette.dark, 0.12))


def blossom(stage: Stage, spot: Spot) -> None:
    """A flowering bough reaching in from an upper corner."""
    rng, palette, pen = stage.dice.of("blossom"), stage.palette, stage.pen
    side = 1 if stage.focus < pen.width / 2 else -1
    at = Spot(pen, pen.width * (0.5 + 0.54 * side), pen.height * float(rng.uniform(0.1, 0.2)), spot.size * 1.1, -side)
    bark = mix(rgb("4a3430"), palette.dark, 0.4)
    tips: list[Tip] = []
    for angle, length, width in ((-0.2, 0.34, 0.05), (0.1, 0.26, 0.036), (-0.62, 0.22, 0.03)):
        limbs, ends = _branches(rng, (-0.04, -0.05 + angle * 0.1), angle, length, width=width, depth=3)
        at.fill(limbs, bark, adjust(bark, light=0.05))
        tips += ends
    pink = mix(rgb("f6b4c8"), palette.accent, 0.3)
    flowers = [
        (x + float(rng.normal(0, 0.028)), y + float(rng.normal(0, 0.028)))
        for x, y in tips
        for _ in range(stage.pen.count(3.4))
    ]
    for tone in range(3):
        petals: list[Outline] = []
        hearts: list[Outline] = []
        for x, y in flowers[tone::3]:
            r, turn = float(rng.uniform(0.014, 0.026)), float(rng.uniform(0, 1.3))
            petals += [
                oval(
                    x + r * 0.72 * math.cos(turn + 1.2566 * k),
                    y + r * 0.72 * math.sin(turn + 1.2566 * k),
                    r * 0.56,
                    corners=10,
                )
                for k in range(5)
            ]
            hearts.append(oval(x, y, r * 0.24, corners=8))
        color = mix(adjust(pink, light=-0.05), rgb("fff5f5"), 0.36 * tone)
        at.fill(petals, color, adjust(color, light=-0.03))
        at.fill(hearts, rgb("c8446a") if tone else rgb("f2d06b"))


def lotus(stage: Stage, spot: Spot) -> None:
    """Lotus leaves in perspective with flowers and buds above them."""
    rng, palette, pen = stage.dice.of("lotus"), stage.palette, stage.pen
    room = pen.height - stage.horizon
    green = mix(palette.foliage, rgb("4f9a68"), 0.35)
    for k in range(5):
        near = (k + 0.6) / 5
        leaves: list[Outline] = []
        veins: list[Outline] = []
        for _ in range(6):
            x, y = (
                float(rng.random()) * pen.width,
                stage.horizon + room * (0.12 + 0.88 * near) + float(rng.normal(0, 0.02)) * pen.height,
            )
            r = stage.unit * (0.02 + 0.085 * near) * float(rng.uniform(0.7, 1.2))
            leaves.append(oval(x, y, r, r * (0.24 + 0.12 * near)))
            veins += [
                stroke([(x, y), (x + r * 0.85 * math.cos(a), y + r * 0.28 * math.sin(a))], r * 0.02)
                for a in np.linspace(0, 2 * math.pi, 9)[:-1].tolist()
            ]
        color = palette.far(mix(green, palette.dark, 0.18 * near), 0.4 * (1 - near))
        pen.fill(
            [shift(leaf, 0, stage.unit * 0.006) for leaf in leaves], mix(palette.water, palette.dark, 0.5), cover=0.4
        )
        pen.fill(leaves, adjust(color, light=0.06), color)
        pen.fill(veins, adjust(color, light=0.12), cover=0.4)
        for _ in range(2 if k < 4 else 1):
            x, y = (spot.x if k == 4 else float(rng.random()) * pen.width), stage.horizon + room * (0.1 + 0.85 * near)
            _lotus_flower(stage, Spot(pen, x, y, spot.size * (0.22 + 0.78 * near)), bool(k < 4 and rng.random() < 0.35))


def _lotus_flower(stage: Stage, spot: Spot, bud: bool) -> None:
    pink = mix(rgb("f2a0bb"), stage.palette.accent, 0.2) if "white" not in stage.scene.colours else rgb("f8f5ee")
    pale = mix(pink, rgb("fffaf7"), 0.7)
    spot.fill(
        stroke([(0.02, -0.02), (-0.01, 0.3), (0, 0.6)], 0.028, 0.022),
        mix(stage.palette.foliage, stage.palette.dark, 0.25),
    )
    petal = [(0, 0), (0.1, 0.12), (0.09, 0.28), (0, 0.4), (-0.09, 0.28), (-0.1, 0.12)]
    fan = (
        ((-0.25, 0.7), (0.25, 0.7), (0.0, 0.8))
        if bud
        else (
            (-1.2, 0.85),
            (1.2, 0.85),
            (-0.8, 1.0),
            (0.8, 1.0),
            (-0.4, 1.05),
            (0.4, 1.05),
            (0.0, 1.0),
            (-0.95, 0.62),
            (0.95, 0.62),
            (-0.5, 0.62),
            (0.5, 0.62),
            (0.0, 0.55),
        )
    )
    for number, (turn, scale) in enumerate(fan):
        cos, sin = math.cos(turn), math.sin(turn)
        points = [((x * cos + y * sin) * scale, 0.55 + (y * cos - x * sin) * scale) for x, y in petal]
        tone = pink if number < 7 and not bud else mix(pink, pale, 0.35)
        spot.fill(blob(points), tone, pale)


def flowers(stage: Stage, _spot: Spot) -> None:
    """A field of flowers, drifts of dots far off and open blooms at the viewer's feet."""
    rng, palette, pen = stage.dice.of("flowers"), stage.palette, stage.pen
    named = [COLOURS[c] for c in stage.scene.colours] or [
        palette.accent,
        adjust(palette.accent, turn=40),
        rgb("fbeed0"),
        adjust(palette.accent, turn=-70),
    ]
    top = stage.horizon + (pen.height - stage.horizon) * (0.86 if stage.wet else 0.1)
    rows = 9
    for k in range(rows):
        near = ((k + 1) / rows) ** 1.5
        y0, size = top + (pen.height - top) * near, stage.unit * (0.0035 + 0.024 * near)
        spots = [
            (float(rng.random()) * pen.width, y0 + float(rng.normal(0, 0.014)) * pen.height)
            for _ in range(pen.count(70 - 50 * near))
        ]
        stems = [stroke([(x, y), (x + size * 0.3, y + size * 3)], size * 0.16) for x, y in spots] if near > 0.2 else []
        pen.fill(stems, mix(palette.foliage, palette.dark, 0.3))
        for tone, hue in enumerate(named):
            color: Color = palette.far(hue, 0.35 * (1 - near))
            _heads(stage, rng, spots[tone :: len(named)], size, color=color, near=near)


def _heads(stage: Stage, rng: Rng, spots: list[Tip], size: float, *, color: Color, near: float) -> None:
    if near < 0.15:
        stage.pen.fill([oval(x, y, size, size * 0.7, corners=10) for x, y in spots], color)
        return
    petals: list[Outline] = []
    for x, y in spots:
        turn = float(rng.uniform(0, 1.2))
        for k in range(6):
            angle = turn + k * math.pi / 3
            petals.append(
                oval(
                    x + size * 0.62 * math.cos(angle),
                    y + size * 0.5 * math.sin(angle),
                    size * 0.48,
                    size * 0.36,
                    angle,
                    corners=12,
                )
            )
    stage.pen.fill(petals, adjust(color, light=0.04), adjust(color, light=-0.04))
    stage.pen.fill([oval(x, y, size * 0.3, size * 0.24, corners=12) for x, y in spots], rgb("f4c542"))
