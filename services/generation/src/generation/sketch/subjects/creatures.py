"""Great and finned creatures: the dragon, the whale, a shoal of carp."""

import math

import numpy as np

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.pen import Spot
from generation.sketch.shapes import blob, oval, poly, stroke
from generation.sketch.stage import Stage


def dragon(stage: Stage, spot: Spot) -> None:
    """A Chinese dragon winding through the air."""
    t = np.linspace(0, 1, 90)
    x = 1.15 - 2.35 * t
    y = 0.55 + (0.30 - 0.1 * t) * np.sin(t * 3.1 * math.pi + 0.5) + 0.1 * t
    path = np.column_stack([x, y])
    thick = 0.19 * (0.35 + 0.9 * np.sin(np.pi * np.clip(t * 0.85 + 0.2, 0, 1))) * (1 - t**3)
    step = np.gradient(path, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]]) / np.hypot(step[:, 0], step[:, 1])[:, None]
    side = normal * thick[:, None] / 2
    body = mix(
        stage.palette.accent,
        rgb("d8a838")
        if "gold" in stage.scene.colours
        else rgb("2f8f6f")
        if not stage.scene.colours
        else stage.palette.accent,
        0.75,
    )
    gold, dark = rgb("f0c24a"), mix(body, stage.palette.dark, 0.6)
    fins = [
        poly([path[k] - side[k] * 0.9, path[k] - side[k] * 1.75 - step[k] * 2.2, path[k + 2] - side[k + 2] * 0.9])
        for k in range(4, 84, 3)
    ]
    spot.fill(fins, gold, mix(gold, stage.palette.accent, 0.4))
    for k in (24, 40, 58):
        for way in (-1, 1):
            foot = np.add(path[k] + side[k] * 2.0, (0.1 * way, -0.06))
            claws = [
                stroke([foot, np.add(foot, (0.05 * math.cos(a), -0.05 * math.sin(a) - 0.02))], 0.02, 0.004)
                for a in (0.2, 1.2, 2.2)
            ]
            spot.fill(
                [
                    stroke([path[k], path[k] + side[k] * 1.5 + [0.07 * way, 0]], 0.07, 0.05),
                    stroke([path[k] + side[k] * 1.4 + [0.07 * way, 0], foot], 0.05, 0.03),
                    *claws,
                ],
                dark,
                body,
            )
    spot.fill(np.vstack([path + side, (path - side)[::-1]]), adjust(body, light=0.05), adjust(body, light=-0.07))
    spot.fill(np.vstack([path + side, (path + side * 0.45)[::-1]]), mix(gold, rgb("fff2d0"), 0.4), cover=0.9)
    scales = [
        stroke([path[k] - side[k] * 0.8, path[k] + step[k] * -1.3, path[k] + side[k] * 0.4], 0.012, 0.008)
        for k in range(6, 80, 2)
    ]
    spot.fill(scales, dark, cover=0.55)
    head_x, head_y = spot.place(path[:1])[0].tolist()
    _dragon_head(stage, Spot(spot.pen, head_x, head_y, spot.size * 0.5, spot.flip), body)


def _dragon_head(stage: Stage, spot: Spot, body: tuple[float, float, float]) -> None:
    gold, dark = rgb("f0c24a"), rgb("1d1a1f")
    mane = [
        stroke([(-0.02, y), (-0.25, y + 0.1), (-0.45 - 0.1 * k, y + 0.02 + 0.05 * k)], 0.12, 0.01)
        for k, y in enumerate((-0.18, -0.05, 0.1, 0.2))
    ]
    spot.fill(mane, stage.palette.accent, mix(stage.palette.accent, dark, 0.35))
    horns = [
        stroke([(0.02, 0.18), (-0.12, 0.4), (-0.32, 0.52)], 0.07, 0.015),
        stroke([(-0.12, 0.38), (-0.1, 0.5), (-0.14, 0.6)], 0.04, 0.01),
    ]
    spot.fill(horns, gold)
    spot.fill(
        blob([(-0.1, -0.16), (0.12, -0.2), (0.36, -0.26), (0.42, -0.19), (0.2, -0.1), (-0.05, -0.05)]),
        mix(body, dark, 0.25),
    )
    spot.fill(
        blob(
            [
                (-0.16, 0.02),
                (-0.08, 0.2),
                (0.1, 0.24),
                (0.26, 0.12),
                (0.44, 0.13),
                (0.5, 0.02),
                (0.42, -0.06),
                (0.2, -0.07),
                (-0.08, -0.14),
            ]
        ),
        adjust(body, light=0.07),
        body,
    )
    spot.fill([poly([(x, -0.05), (x + 0.04, -0.05), (x + 0.02, -0.13)]) for x in (0.2, 0.28, 0.37)], rgb("fffaf0"))
    spot.fill(oval(0.13, 0.12, 0.055, 0.045), rgb("fff3b0"))
    spot.fill(oval(0.145, 0.12, 0.022, 0.03), dark)
    spot.fill(
        [
            stroke([(0.44, 0.05), (0.62, 0.16), (0.72, 0.02), (0.86, 0.1)], 0.026, 0.006),
            stroke([(0.42, -0.02), (0.58, -0.14), (0.7, -0.1), (0.8, -0.24)], 0.026, 0.006),
        ],
        gold,
    )


def whale(stage: Stage, spot: Spot) -> None:
    """A humpback, at home in the sea and in dreams of the sky."""
    back = mix(mix(rgb("34557f"), stage.palette.water, 0.4), stage.palette.dark, 0.15)
    belly = mix(rgb("e6edf2"), stage.palette.haze, 0.35)
    spot.fill(blob([(-1.0, 0.62), (-1.22, 0.8), (-1.42, 0.86), (-1.28, 0.68), (-1.38, 0.5), (-1.16, 0.52)]), back)
    spot.fill(
        blob(
            [
                (0.86, 0.36),
                (0.72, 0.54),
                (0.3, 0.66),
                (-0.25, 0.64),
                (-0.7, 0.6),
                (-1.1, 0.66),
                (-1.1, 0.57),
                (-0.7, 0.42),
                (-0.2, 0.18),
                (0.35, 0.08),
                (0.75, 0.16),
            ]
        ),
        adjust(back, light=0.07),
        back,
    )
    spot.fill(
        blob(
            [(0.84, 0.3), (0.5, 0.28), (0.15, 0.3), (-0.3, 0.3), (-0.62, 0.4), (-0.2, 0.19), (0.35, 0.09), (0.74, 0.17)]
        ),
        belly,
        mix(belly, back, 0.35),
    )
    grooves = [
        stroke([(0.8, 0.26 - 0.03 * k), (0.4, 0.245 - 0.035 * k), (0.0, 0.27 - 0.035 * k)], 0.009, 0.004)
        for k in range(4)
    ]
    spot.fill(grooves, mix(back, belly, 0.3), cover=0.7)
    spot.fill(
        blob([(0.28, 0.24), (0.12, 0.02), (-0.12, -0.14), (-0.1, 0.02), (0.06, 0.24)]), back, adjust(back, light=0.06)
    )
    spot.fill(oval(0.56, 0.355, 0.022), rgb("14181f"))
    spot.fill(oval(0.566, 0.362, 0.007), rgb("ffffff"))


def fish(stage: Stage, spot: Spot) -> None:
    """A shoal of ornamental carp, red, gold and white."""
    rng = stage.dice.of("fish")
    for k in range(9):
        near = (k + 1) / 9
        x, y = spot.pen.width * float(rng.uniform(0.12, 0.88)), spot.pen.height * float(rng.uniform(0.25, 0.8))
        hue = (stage.palette.accent, rgb("f2a03d"), rgb("f4efe6"))[int(rng.integers(0, 3))]
        _fish(
            stage,
            Spot(spot.pen, x, y, spot.size * (0.3 + 0.75 * near**1.5), spot.flip),
            mix(hue, stage.palette.water, 0.5 * (1 - near)),
        )


def _fish(stage: Stage, spot: Spot, hue: tuple[float, float, float]) -> None:
    fin = mix(hue, rgb("ffffff"), 0.3)
    spot.fill(
        blob([(-0.5, 0.0), (-0.75, 0.2), (-1.0, 0.28), (-0.86, 0.04), (-0.98, -0.2), (-0.74, -0.14)]),
        fin,
        hue,
        cover=0.85,
    )
    spot.fill(
        [
            blob([(0.15, 0.2), (-0.05, 0.36), (-0.32, 0.32), (-0.3, 0.14)]),
            blob([(0.1, -0.14), (-0.05, -0.32), (-0.2, -0.3), (-0.1, -0.14)]),
        ],
        fin,
        cover=0.85,
    )
    spot.fill(
        blob(
            [
                (0.6, 0.0),
                (0.45, 0.15),
                (0.1, 0.23),
                (-0.3, 0.12),
                (-0.58, 0.03),
                (-0.58, -0.04),
                (-0.3, -0.12),
                (0.1, -0.2),
                (0.45, -0.13),
            ]
        ),
        hue,
        mix(hue, rgb("fff4e4"), 0.5),
    )
    scales = [
        stroke([(0.25 - 0.12 * k, 0.11 - 0.012 * k), (0.2 - 0.12 * k, 0.02), (0.25 - 0.12 * k, -0.08)], 0.012, 0.006)
        for k in range(5)
    ]
    spot.fill([*scales, stroke([(0.34, 0.15), (0.29, 0.0), (0.34, -0.12)], 0.018)], adjust(hue, light=-0.12), cover=0.6)
    spot.fill(oval(0.45, 0.05, 0.042), rgb("fffdf5"))
    spot.fill(oval(0.455, 0.05, 0.024), stage.palette.dark)
