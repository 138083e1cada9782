"""A head-and-shoulders portrait."""

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.pen import Spot
from generation.sketch.shapes import blob, oval, stroke
from generation.sketch.stage import Stage


def portrait(stage: Stage, spot: Spot) -> None:
    """A bust in profile against the scenery, hair up with a flower in it."""
    hour = {"day": 0.0, "dawn": 0.06, "sunset": 0.2, "night": 0.25}[stage.time]
    skin = mix(rgb("f4d0b0"), stage.palette.dark, hour)
    hair, dress = mix(rgb("2a1c1e"), stage.palette.dark, 0.25), mix(stage.palette.accent, stage.palette.dark, hour)
    spot.fill(stroke([(-0.02, 0.2), (0.02, 0.36), (0.0, 0.5)], 0.2, 0.17), adjust(skin, light=-0.05), skin)
    spot.fill(
        blob(
            [
                (-0.48, -0.1),
                (-0.42, 0.12),
                (-0.2, 0.24),
                (-0.06, 0.27),
                (0.06, 0.2),
                (0.18, 0.25),
                (0.36, 0.14),
                (0.44, -0.1),
            ]
        ),
        dress,
        adjust(dress, light=-0.1),
    )
    spot.fill(
        [
            stroke([(-0.1, 0.27), (0.02, 0.12), (0.1, -0.08)], 0.035, 0.05),
            stroke([(0.14, 0.26), (0.06, 0.12), (-0.02, -0.02)], 0.03, 0.03),
        ],
        mix(dress, rgb("fff4e2"), 0.75),
    )
    face = [
        (-0.1, 0.86),
        (0.08, 0.88),
        (0.17, 0.8),
        (0.185, 0.73),
        (0.175, 0.69),
        (0.2, 0.645),
        (0.228, 0.605),
        (0.2, 0.585),
        (0.195, 0.565),
        (0.21, 0.545),
        (0.196, 0.528),
        (0.205, 0.508),
        (0.185, 0.485),
        (0.186, 0.455),
        (0.15, 0.415),
        (0.08, 0.425),
        (0.0, 0.47),
        (-0.08, 0.55),
        (-0.14, 0.7),
    ]
    spot.fill(blob(face), adjust(skin, light=0.02), skin)
    spot.fill(oval(0.1, 0.565, 0.05, 0.034), mix(skin, rgb("e8796f"), 0.5), cover=0.55)
    spot.fill(stroke([(0.208, 0.542), (0.185, 0.533), (0.165, 0.535)], 0.022, 0.006), rgb("c2484a"))
    spot.fill(
        [
            stroke([(0.175, 0.664), (0.145, 0.672), (0.105, 0.655)], 0.006, 0.012, belly=0.012),
            stroke([(0.178, 0.665), (0.2, 0.675)], 0.008, 0.003),
            stroke([(0.17, 0.735), (0.13, 0.75), (0.085, 0.735)], 0.014, 0.006),
        ],
        hair,
    )
    spot.fill(
        blob(
            [
                (0.12, 0.89),
                (0.02, 0.985),
                (-0.14, 0.98),
                (-0.26, 0.86),
                (-0.27, 0.68),
                (-0.2, 0.52),
                (-0.16, 0.36),
                (-0.1, 0.4),
                (-0.07, 0.56),
                (-0.04, 0.68),
                (0.04, 0.76),
                (0.15, 0.81),
            ]
        ),
        adjust(hair, light=0.06),
        hair,
    )
    spot.fill(oval(-0.2, 0.98, 0.115, 0.1), adjust(hair, light=0.07), hair)
    strands = [
        stroke([(0.1, 0.87 - 0.02 * k), (-0.05, 0.92 - 0.05 * k), (-0.2, 0.85 - 0.09 * k)], 0.004, 0.008)
        for k in range(4)
    ]
    spot.fill(strands, adjust(hair, light=0.16), cover=0.5)
    spot.fill(oval(-0.035, 0.625, 0.028, 0.042, -0.2), adjust(skin, light=-0.04))
    petals = [
        oval(-0.1 + 0.045 * dx, 0.9 + 0.045 * dy, 0.04, corners=16)
        for dx, dy in ((0, 1), (0.95, 0.3), (0.6, -0.8), (-0.6, -0.8), (-0.95, 0.3))
    ]
    spot.fill(petals, mix(stage.palette.accent, rgb("ffffff"), 0.4), stage.palette.accent)
    spot.fill(oval(-0.1, 0.9, 0.025), rgb("f4c95a"))
    spot.fill(stroke([(-0.035, 0.58), (-0.03, 0.52)], 0.012, 0.02), rgb("f0c24a"))
