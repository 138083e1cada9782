"""Houses of every rank: pagoda, temple, cottage, castle, lighthouse, bridge."""

import math

import numpy as np

from generation.sketch.color import Color, adjust, mix, rgb
from generation.sketch.pen import Spot
from generation.sketch.shapes import Outline, blob, curve, oval, poly, rect, shift
from generation.sketch.stage import Stage


def _seen(stage: Stage, color: Color, away: float = 0.16) -> Color:
    """A building's colour in the hour's light and at middle distance."""
    dim = {"day": 0.0, "dawn": 0.12, "sunset": 0.4, "night": 0.5}[stage.time]
    return stage.palette.far(mix(color, stage.palette.dark, dim), away)


def _window(stage: Stage) -> Color:
    return rgb("ffcf6e") if stage.dark else mix(stage.palette.dark, stage.palette.haze, 0.25)


def _roof(width: float, base: float, high: float, lift: float) -> Outline:
    """A Chinese roof: hollow slopes and upturned eaves."""
    right = curve(
        [
            (width, base + lift),
            (width * 0.82, base + high * 0.12),
            (width * 0.42, base + high * 0.55),
            (width * 0.16, base + high),
        ]
    )
    return np.vstack(
        [right, right[::-1] * [-1, 1], [[-width * 0.6, base - high * 0.06], [width * 0.6, base - high * 0.06]]]
    )


def _mound(stage: Stage, spot: Spot) -> None:
    """The knoll a building stands on, so that it never floats."""
    color = stage.palette.far(mix(stage.palette.foliage, stage.palette.dark, 0.3), 0.3)
    if stage.snowy:
        color = stage.palette.far(rgb("eef3f7"), 0.3)
    spot.fill(
        blob([(-1.25, -0.16), (-0.75, -0.04), (-0.3, 0.03), (0.35, 0.03), (0.8, -0.05), (1.25, -0.16), (0, -0.2)]),
        color,
        mix(color, stage.palette.haze, 0.4),
    )


def pagoda(stage: Stage, spot: Spot) -> None:
    """Seven storeys, each smaller than the one below."""
    _mound(stage, spot)
    wall, roof = _seen(stage, rgb("b5482f")), _seen(stage, rgb("3d4a52"))
    y, floors = 0.0, 7
    for k in range(floors):
        width, high = 0.17 - 0.015 * k, 0.125 - 0.008 * k
        spot.fill(rect(-width * 0.72, y, width * 1.44, high), wall, adjust(wall, light=-0.05))
        panes = [
            rect(-width * 0.72 + width * 1.44 * (j + 0.28) / 3, y + high * 0.2, width * 0.22, high * 0.4)
            for j in range(3)
        ]
        spot.fill(panes, _window(stage))
        spot.fill(_roof(width * 1.35, y + high * 0.72, high * 0.52, high * 0.2), roof, adjust(roof, light=-0.06))
        if stage.snowy:
            spot.fill(
                _roof(width * 1.1, y + high * 0.88, high * 0.38, high * 0.1), _seen(stage, rgb("ffffff")), cover=0.9
            )
        y += high
    spot.fill(
        [poly([(-0.014, y), (0.014, y), (0, y + 0.14)]), oval(0, y + 0.03, 0.022), oval(0, y + 0.065, 0.015)],
        _seen(stage, rgb("d9a83f")),
    )
    if stage.dark:
        spot.glow(0, 0.4, 0.5, rgb("ffb860"), 0.28)


def temple(stage: Stage, spot: Spot) -> None:
    """A hall with a double roof, red columns and a flight of steps."""
    _mound(stage, spot)
    wall, roof, stone = _seen(stage, rgb("a83c2e")), _seen(stage, rgb("c79a3c")), _seen(stage, rgb("cfc8b8"))
    spot.fill([rect(-0.85, 0, 1.7, 0.09), rect(-0.75, 0.07, 1.5, 0.07)], stone, adjust(stone, light=-0.1))
    spot.fill(rect(-0.62, 0.14, 1.24, 0.34), adjust(wall, light=-0.12))
    spot.fill([rect(-0.6 + 1.2 * (k + 0.2) / 6, 0.17, 0.12, 0.24) for k in range(6)], _window(stage))
    spot.fill([rect(-0.64 + 1.24 * k / 6, 0.13, 0.045, 0.36) for k in range(7)], wall)
    spot.fill(_roof(0.92, 0.44, 0.24, 0.07), roof, adjust(roof, light=-0.12))
    spot.fill(rect(-0.4, 0.64, 0.8, 0.13), wall)
    spot.fill(_roof(0.66, 0.73, 0.27, 0.07), roof, adjust(roof, light=-0.1))
    spot.fill(rect(-0.2, 0.98, 0.4, 0.035), _seen(stage, rgb("8a6a2a")))
    if stage.dark:
        spot.glow(0, 0.3, 0.8, rgb("ffb860"), 0.28)


def house(stage: Stage, spot: Spot) -> None:
    """A small village: three gabled cottages with chimneys."""
    rng = stage.dice.of("house")
    for dx, scale, away in ((-1.5, 0.72, 0.3), (1.45, 0.62, 0.36), (0.0, 1.0, 0.12)):
        at = Spot(spot.pen, spot.x + dx * spot.size, spot.y, spot.size * scale, spot.flip)
        wall = _seen(stage, rgb(("f1e4cc", "e9d3b0", "d9c7b4")[int(rng.integers(0, 3))]), away)
        roof = _seen(stage, rgb("f3f6f9") if stage.snowy else (rgb("b0523a") if away < 0.2 else rgb("6d5a52")), away)
        at.fill(rect(0.34, 0.75, 0.13, 0.36), adjust(wall, light=-0.2))
        at.fill(rect(-0.62, -0.04, 1.24, 0.62), wall, adjust(wall, light=-0.08))
        at.fill(poly([(-0.78, 0.54), (-0.42, 1.02), (0.42, 1.02), (0.78, 0.54)]), roof, adjust(roof, light=-0.09))
        at.fill([rect(-0.42, 0.2, 0.22, 0.22), rect(0.22, 0.2, 0.22, 0.22)], _window(stage))
        at.fill([rect(-0.1, -0.04, 0.2, 0.4)], _seen(stage, rgb("6a4630"), away))
        if stage.dark:
            at.glow(0, 0.3, 0.9, rgb("ffc070"), 0.3)
        if stage.snowy or stage.dark:
            smoke = [
                oval(0.42 + 0.07 * math.sin(k * 1.3) + 0.03 * k, 1.2 + 0.13 * k, 0.06 + 0.02 * k) for k in range(5)
            ]
            at.fill(smoke, mix(stage.palette.haze, rgb("ffffff"), 0.4), cover=0.35)


def castle(stage: Stage, spot: Spot) -> None:
    """A fairy-tale castle on its rock: a keep, five towers with pointed roofs and flags."""
    _mound(stage, spot)
    stone, roof = _seen(stage, rgb("c9c3bd"), 0.25), _seen(stage, mix(rgb("4a628f"), stage.palette.accent, 0.35), 0.15)
    towers = ((-0.3, 0.13, 0.5), (0.31, 0.14, 0.46), (-0.14, 0.12, 0.68), (0.17, 0.11, 0.6), (0.02, 0.15, 0.84))
    spot.fill(rect(-0.42, -0.05, 0.84, 0.3), stone, adjust(stone, light=-0.08))
    for x, width, high in towers:
        shade = adjust(stone, light=0.03 if high > 0.65 else -0.03)
        spot.fill(rect(x - width / 2, -0.04, width, high * 0.72 + 0.04), shade, adjust(shade, light=-0.1))
        spot.fill(rect(x + width * 0.2, -0.04, width * 0.3, high * 0.72 + 0.04), adjust(shade, light=-0.1), cover=0.6)
        spot.fill(rect(x - width * 0.62, high * 0.69, width * 1.24, 0.035), adjust(shade, light=-0.05))
        spot.fill(
            poly([(x - width * 0.66, high * 0.72), (x, high * 1.18), (x + width * 0.66, high * 0.72)]),
            roof,
            adjust(roof, light=-0.1),
        )
        spot.fill(
            poly([(x, high * 1.17), (x, high * 1.27), (x + 0.08, high * 1.235), (x + 0.008, high * 1.2)]),
            stage.palette.accent,
        )
        spot.fill([rect(x - 0.014, high * f, 0.028, 0.055) for f in (0.36, 0.56)], _window(stage))
    merlons = [rect(-0.42 + 0.07 * k, 0.24, 0.04, 0.035) for k in range(12)]
    spot.fill(merlons, stone)
    gate = np.vstack(
        [curve([(-0.07, 0.08), (-0.05, 0.14), (0, 0.17), (0.05, 0.14), (0.07, 0.08)]), [[0.07, -0.04], [-0.07, -0.04]]]
    )
    spot.fill(gate, _seen(stage, rgb("4a3426")))
    if stage.dark:
        spot.glow(0, 0.4, 0.7, rgb("ffc070"), 0.25)


def lighthouse(stage: Stage, spot: Spot) -> None:
    """A banded tower on a rock, its beam on at dusk."""
    rock = stage.palette.far(mix(stage.palette.land, stage.palette.dark, 0.4), 0.1)
    spot.fill(
        blob([(-0.6, -0.12), (-0.4, 0.02), (-0.12, 0.1), (0.15, 0.09), (0.36, 0.0), (0.55, -0.12)]),
        rock,
        adjust(rock, light=-0.1),
    )
    white, red = _seen(stage, rgb("f6f1e7")), _seen(stage, rgb("cf3f34"))
    if stage.dark:
        beam = poly([(0, 0.9), (-2.6, 1.15), (-2.6, 0.72)])
        spot.fill(beam, rgb("fff0b8"), cover=0.28)
    for k in range(5):
        low, high = 0.06 + 0.15 * k, 0.06 + 0.15 * (k + 1)
        a, b = 0.125 - 0.09 * low, 0.125 - 0.09 * high
        spot.fill(poly([(-a, low), (a, low), (b, high), (-b, high)]), red if k % 2 == 0 else white)
    spot.fill(poly([(0.02, 0.06), (0.12, 0.06), (0.058, 0.81), (0.02, 0.81)]), stage.palette.dark, cover=0.18)
    spot.fill([rect(-0.085, 0.81, 0.17, 0.03), oval(0, 0.975, 0.07, 0.05)], red)
    spot.fill(rect(-0.048, 0.84, 0.096, 0.11), rgb("ffe28a") if stage.dark else rgb("bcd6e2"))
    if stage.dark:
        spot.glow(0, 0.9, 0.45, rgb("ffe9a0"), 0.75)


def bridge(stage: Stage, spot: Spot) -> None:
    """An arched stone bridge with its ring mirrored below by the water."""
    stone = _seen(stage, rgb("b9b2a3"), 0.12)
    angle = np.linspace(0, math.pi, 40)
    deck = np.column_stack([1.9 * np.cos(angle), 0.62 * np.sin(angle) ** 1.3])
    hole = np.column_stack([0.62 * np.cos(angle), 0.46 * np.sin(angle) - 0.02])[::-1]
    outline = np.vstack([deck, [[-1.9, -0.08], [-0.62, -0.08]], hole, [[0.62, -0.08], [1.9, -0.08]]])
    spot.fill(outline, adjust(stone, light=0.05), adjust(stone, light=-0.12))
    rail = np.vstack([shift(deck, 0, 0.13), shift(deck[::-1], 0, 0.1)])
    posts = [rect(float(x) - 0.02, float(y), 0.04, 0.17) for x, y in deck[3:-3:3]]
    spot.fill([rail, *posts], adjust(stone, light=-0.05))


def pyramid(stage: Stage, spot: Spot) -> None:
    """Three pyramids, a lit and a shaded face each."""
    for dx, scale, away in ((-1.15, 0.62, 0.45), (0.95, 0.5, 0.5), (0.0, 1.0, 0.2)):
        at = Spot(spot.pen, spot.x + dx * spot.size, spot.y, spot.size * scale, spot.flip)
        stone = _seen(stage, rgb("d9a95f"), away)
        at.fill(poly([(-1.05, -0.28), (0, 1.0), (1.1, -0.28)]), stone, adjust(stone, light=-0.06))
        at.fill(poly([(0.36, -0.28), (0, 1.0), (1.1, -0.28)]), adjust(stone, light=-0.14), adjust(stone, light=-0.18))
        courses = [rect(-0.8 * (1 - y), y, 1.64 * (1 - y), 0.008) for y in np.arange(0.06, 0.94, 0.08).tolist()]
        at.fill(courses, adjust(stone, light=-0.12), cover=0.35)
