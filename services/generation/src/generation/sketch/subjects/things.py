"""Made things: a boat and a robot."""

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.palette import COLOURS
from generation.sketch.pen import Spot
from generation.sketch.shapes import blob, both, oval, poly, rect, stroke
from generation.sketch.stage import Stage


def boat(stage: Stage, spot: Spot) -> None:
    """A sailing boat at sea; on lake and river a covered skiff with its boatman."""
    dim = {"day": 0.1, "dawn": 0.2, "sunset": 0.5, "night": 0.5}[stage.time]
    wood = mix(rgb("6d4630"), stage.palette.dark, dim)
    mirror = mix(wood, stage.palette.water, 0.45)
    spot.fill(
        blob([(-0.62, -0.02), (-0.3, -0.13), (0.3, -0.13), (0.62, -0.02), (0, 0.0)]), mirror, cover=0.55, fade=0.8
    )
    if stage.has("sea"):
        _sails(stage, spot, dim)
    else:
        _cabin(stage, spot, dim)
    spot.fill(
        blob(
            [
                (-0.72, 0.2),
                (-0.5, 0.05),
                (-0.3, -0.03),
                (0.3, -0.03),
                (0.52, 0.06),
                (0.76, 0.24),
                (0.5, 0.13),
                (0, 0.09),
                (-0.5, 0.11),
            ]
        ),
        adjust(wood, light=0.06),
        adjust(wood, light=-0.06),
    )
    ripples = [
        stroke([(x - w, y), (x, y - 0.012), (x + w, y)], 0.004, 0.004, belly=0.012)
        for x, w, y in ((-0.1, 0.75, -0.07), (0.1, 0.55, -0.12), (0.0, 0.35, -0.17))
    ]
    spot.fill(ripples, mix(stage.palette.light, stage.palette.sky_low, 0.4), cover=0.5)


def _sails(stage: Stage, spot: Spot, dim: float) -> None:
    cloth = mix(mix(rgb("f6ead2"), stage.palette.accent, 0.12), stage.palette.dark, dim * 0.55)
    spot.fill(rect(-0.012, 0.05, 0.024, 1.15), mix(rgb("4a3020"), stage.palette.dark, dim))
    spot.fill(
        blob([(0.03, 1.15), (0.2, 0.85), (0.42, 0.45), (0.5, 0.2), (0.25, 0.16), (0.03, 0.18), (0.06, 0.6)]),
        cloth,
        adjust(cloth, light=-0.1),
    )
    spot.fill(
        blob([(-0.03, 1.05), (-0.16, 0.7), (-0.42, 0.25), (-0.2, 0.18), (-0.03, 0.2)]),
        adjust(cloth, light=-0.07),
        adjust(cloth, light=-0.15),
    )
    spot.fill(poly([(0, 1.2), (0.16, 1.16), (0, 1.11)]), stage.palette.accent)


def _cabin(stage: Stage, spot: Spot, dim: float) -> None:
    straw = mix(rgb("a8854f"), stage.palette.dark, dim)
    man = mix(rgb("2d3540"), stage.palette.dark, 0.4)
    spot.fill(
        blob([(-0.38, 0.08), (-0.34, 0.28), (-0.12, 0.36), (0.1, 0.28), (0.14, 0.08)]),
        straw,
        adjust(straw, light=-0.12),
    )
    spot.fill(
        [stroke([(x, 0.09), (x + 0.015, 0.22), (x + 0.01, 0.33)], 0.008) for x in (-0.28, -0.18, -0.08, 0.02)],
        adjust(straw, light=-0.14),
        cover=0.6,
    )
    if stage.dark:
        spot.fill(oval(0.19, 0.26, 0.028), rgb("ffcf6e"))
        spot.glow(0.19, 0.26, 0.35, rgb("ffb860"), 0.55)
    spot.fill(stroke([(0.3, 0.85), (0.55, 0.3), (0.72, -0.1)], 0.014), mix(rgb("5a4028"), stage.palette.dark, dim))
    spot.fill(
        [
            blob([(0.33, 0.1), (0.36, 0.36), (0.42, 0.5), (0.5, 0.36), (0.5, 0.1)]),
            stroke([(0.42, 0.46), (0.4, 0.56)], 0.05),
            stroke([(0.43, 0.44), (0.36, 0.5), (0.4, 0.62)], 0.045, 0.03),
        ],
        man,
    )
    spot.fill(poly([(0.29, 0.555), (0.42, 0.66), (0.55, 0.555)]), adjust(straw, light=0.04))


def robot(stage: Stage, spot: Spot) -> None:
    """A round-headed robot with lit eyes and a lamp in its chest."""
    named = [COLOURS[c] for c in stage.scene.colours if c not in ("black",)]
    shell = mix(
        mix(named[0] if named else rgb("dfe6ea"), stage.palette.haze, 0.2),
        stage.palette.dark,
        0.25 if stage.dark else 0.02,
    )
    steel, lamp = mix(rgb("59636f"), stage.palette.dark, 0.2), mix(rgb("4fe3ff"), stage.palette.accent, 0.15)
    spot.fill(oval(0.03, 0.0, 0.32, 0.04), stage.palette.dark, cover=0.35)
    spot.fill(both(stroke([(0.1, 0.3), (0.11, 0.06)], 0.075, 0.085)), steel, adjust(steel, light=-0.08))
    spot.fill(
        both(blob([(0.03, 0.0), (0.04, 0.085), (0.12, 0.11), (0.2, 0.08), (0.21, 0.0)])),
        shell,
        adjust(shell, light=-0.14),
    )
    arms = [stroke([(s * 0.23, 0.53), (s * 0.32, 0.42), (s * 0.31, 0.27)], 0.075, 0.065) for s in (-1, 1)]
    spot.fill(arms, steel, adjust(steel, light=-0.08))
    spot.fill([*both(oval(0.31, 0.24, 0.055)), *both(oval(0.235, 0.54, 0.07))], shell, adjust(shell, light=-0.1))
    spot.fill(
        blob(
            [(-0.2, 0.58), (-0.23, 0.42), (-0.17, 0.27), (0, 0.245), (0.17, 0.27), (0.23, 0.42), (0.2, 0.58), (0, 0.61)]
        ),
        adjust(shell, light=0.03),
        adjust(shell, light=-0.13),
    )
    spot.fill(rect(-0.11, 0.35, 0.22, 0.15), steel)
    spot.fill([rect(-0.085, 0.385 + 0.035 * k, 0.075, 0.014) for k in range(3)], lamp, cover=0.85)
    spot.fill(oval(0.05, 0.425, 0.04), lamp, adjust(lamp, light=-0.1))
    spot.fill(
        [rect(-0.05, 0.58, 0.1, 0.06), rect(-0.01, 0.94, 0.02, 0.1), *both(oval(0.245, 0.77, 0.035, 0.065))], steel
    )
    spot.fill(oval(0, 1.05, 0.03), stage.palette.accent)
    spot.fill(
        blob(
            [
                (0, 0.965),
                (0.17, 0.93),
                (0.245, 0.8),
                (0.22, 0.66),
                (0, 0.615),
                (-0.22, 0.66),
                (-0.245, 0.8),
                (-0.17, 0.93),
            ]
        ),
        adjust(shell, light=0.05),
        adjust(shell, light=-0.1),
    )
    spot.fill(
        blob(
            [
                (0, 0.88),
                (0.15, 0.86),
                (0.19, 0.77),
                (0.15, 0.69),
                (0, 0.675),
                (-0.15, 0.69),
                (-0.19, 0.77),
                (-0.15, 0.86),
            ]
        ),
        rgb("16202c"),
        rgb("22303f"),
    )
    spot.fill(both(oval(0.085, 0.785, 0.036, 0.045)), lamp)
    spot.fill(stroke([(-0.045, 0.715), (0, 0.703), (0.045, 0.715)], 0.014), lamp)
    spot.fill(stroke([(-0.15, 0.9), (-0.07, 0.935), (0.0, 0.942)], 0.022, 0.008), rgb("ffffff"), cover=0.7)
    spot.glow(0, 0.78, 0.4, lamp, 0.3 if stage.dark else 0.1)
