"""People, as silhouettes with a little colour: they look into the picture, as its viewer does."""

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.pen import Spot
from generation.sketch.shapes import blob, both, oval, poly, stroke
from generation.sketch.stage import Stage


def _shadow(stage: Stage, spot: Spot, width: float) -> None:
    spot.fill(oval(0.05, 0.0, width, 0.025), stage.palette.dark, cover=0.35)


def girl(stage: Stage, spot: Spot) -> None:
    """A girl in a long dress under a paper umbrella, seen from behind."""
    hour = {"day": 0.05, "dawn": 0.12, "sunset": 0.3, "night": 0.3}[stage.time]
    dress = mix(stage.palette.accent, stage.palette.dark, hour)
    skin, hair = mix(rgb("f3cfae"), stage.palette.dark, hour), mix(rgb("231a1c"), stage.palette.dark, 0.3)
    _shadow(stage, spot, 0.26)
    spot.fill(
        blob(
            [
                (-0.06, 0.62),
                (-0.11, 0.4),
                (-0.24, 0.03),
                (-0.1, 0.0),
                (0.1, 0.0),
                (0.24, 0.03),
                (0.11, 0.4),
                (0.06, 0.62),
            ]
        ),
        dress,
        adjust(dress, light=-0.12),
    )
    folds = [stroke([(x * 0.3, 0.42), (x * 0.7, 0.2), (x, 0.02)], 0.005, 0.016) for x in (-0.15, -0.05, 0.06, 0.16)]
    spot.fill(folds, adjust(dress, light=-0.16), cover=0.55)
    spot.fill(
        blob([(-0.085, 0.7), (-0.1, 0.56), (-0.06, 0.44), (0.06, 0.44), (0.1, 0.56), (0.085, 0.7), (0, 0.74)]),
        adjust(dress, light=0.05),
        dress,
    )
    spot.fill(poly([(-0.075, 0.46), (0.075, 0.46), (0.078, 0.49), (-0.078, 0.49)]), mix(dress, rgb("fff1d8"), 0.7))
    spot.fill(stroke([(0.075, 0.68), (0.13, 0.58), (0.16, 0.7)], 0.05, 0.035), dress)
    spot.fill(stroke([(-0.08, 0.67), (-0.12, 0.54), (-0.1, 0.42)], 0.05, 0.035), dress)
    spot.fill([oval(0.16, 0.71, 0.02), oval(-0.1, 0.41, 0.02), oval(0, 0.74, 0.03, 0.04)], skin)
    spot.fill(
        blob(
            [
                (0, 0.895),
                (0.068, 0.86),
                (0.078, 0.78),
                (0.07, 0.66),
                (0.045, 0.52),
                (0, 0.48),
                (-0.045, 0.52),
                (-0.07, 0.66),
                (-0.078, 0.78),
                (-0.068, 0.86),
            ]
        ),
        adjust(hair, light=0.06),
        hair,
    )
    spot.fill(oval(0.0, 0.845, 0.03, 0.014), stage.palette.light, cover=0.8)
    spot.fill(stroke([(0.16, 0.6), (0.1, 1.0)], 0.011), rgb("6a4a30"))
    _umbrella(stage, spot)


def _umbrella(stage: Stage, spot: Spot) -> None:
    paper = (
        mix(rgb("f1dfb8"), stage.palette.light, 0.3)
        if stage.time != "night"
        else mix(rgb("c9a978"), stage.palette.haze, 0.3)
    )
    spot.fill(
        blob(
            [
                (-0.29, 0.9),
                (-0.16, 1.02),
                (0.09, 1.1),
                (0.32, 1.04),
                (0.45, 0.92),
                (0.3, 0.905),
                (0.09, 0.925),
                (-0.12, 0.9),
            ]
        ),
        paper,
        mix(paper, stage.palette.accent, 0.45),
    )
    ribs = [
        stroke([(0.09, 1.09), (0.09 + (x - 0.09) * 0.6, 1.02), (x, 0.915)], 0.005, 0.008)
        for x in (-0.2, -0.06, 0.09, 0.22, 0.37)
    ]
    spot.fill(ribs, mix(paper, stage.palette.dark, 0.5), cover=0.7)


def boy(stage: Stage, spot: Spot) -> None:
    """A traveller in a long coat with a scarf in the wind, seen from behind."""
    coat = mix(mix(rgb("34435a"), stage.palette.land, 0.3), stage.palette.dark, 0.35)
    hair = mix(rgb("1d1a1c"), stage.palette.dark, 0.4)
    _shadow(stage, spot, 0.22)
    spot.fill(
        [stroke([(s * 0.045, 0.3), (s * 0.055, 0.02)], 0.075, 0.06) for s in (-1, 1)],
        mix(coat, stage.palette.dark, 0.6),
    )
    spot.fill(both(blob([(0.02, 0.0), (0.03, 0.05), (0.09, 0.05), (0.1, 0.0)])), rgb("2a1f1a"))
    spot.fill(
        blob(
            [
                (-0.1, 0.74),
                (-0.125, 0.5),
                (-0.17, 0.18),
                (0.0, 0.15),
                (0.17, 0.18),
                (0.125, 0.5),
                (0.1, 0.74),
                (0, 0.77),
            ]
        ),
        adjust(coat, light=0.05),
        adjust(coat, light=-0.05),
    )
    spot.fill(
        [stroke([(s * 0.1, 0.72), (s * 0.16, 0.55), (s * 0.15, 0.38)], 0.07, 0.05) for s in (-1, 1)],
        adjust(coat, light=0.02),
    )
    spot.fill(
        [
            stroke([(0.0, 0.45), (0.005, 0.18)], 0.01),
            *(stroke([(s * 0.05, 0.6), (s * 0.08, 0.2)], 0.006) for s in (-1, 1)),
        ],
        adjust(coat, light=-0.12),
        cover=0.6,
    )
    spot.fill(both(oval(0.15, 0.36, 0.022)), rgb("e0b694"))
    spot.fill(
        stroke([(-0.02, 0.76), (-0.2, 0.78), (-0.34, 0.7), (-0.5, 0.76)], 0.07, 0.03),
        stage.palette.accent,
        adjust(stage.palette.accent, light=-0.08),
    )
    spot.fill(oval(0, 0.845, 0.066, 0.078), rgb("d9ab88"))
    spot.fill(
        blob(
            [
                (-0.078, 0.81),
                (-0.085, 0.9),
                (-0.04, 0.955),
                (0.04, 0.955),
                (0.085, 0.9),
                (0.078, 0.81),
                (0.03, 0.79),
                (-0.03, 0.79),
            ]
        ),
        adjust(hair, light=0.07),
        hair,
    )
    spot.fill(oval(0, 0.762, 0.085, 0.036), stage.palette.accent)
