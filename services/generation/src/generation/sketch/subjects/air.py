"""What fills the air: birds, cranes, lanterns, balloons, butterflies."""

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.pen import Spot
from generation.sketch.shapes import blob, both, curve, oval, poly, rect, stroke
from generation.sketch.stage import Stage


def birds(stage: Stage, spot: Spot) -> None:
    """A loose flock far up."""
    rng = stage.dice.of("birds")
    shapes = []
    for _ in range(13):
        x, y = float(rng.normal(0, 0.85)), float(rng.normal(0.5, 0.36))
        size, lift = float(rng.uniform(0.06, 0.17)), float(rng.uniform(0.1, 0.5))
        for side in (-1, 1):
            wing = [(x, y), (x + side * size * 0.5, y + size * lift), (x + side * size, y + size * (lift - 0.3))]
            shapes.append(stroke(wing, size * 0.13, size * 0.02))
    spot.fill(shapes, mix(stage.palette.dark, stage.palette.haze, 0.15))


def cranes(stage: Stage, spot: Spot) -> None:
    """Three red-crowned cranes on the wing."""
    for dx, dy, scale in ((0.0, 0.0, 1.0), (-1.0, 0.42, 0.62), (0.95, 0.58, 0.5)):
        _crane(
            stage,
            Spot(spot.pen, spot.x + dx * spot.size * spot.flip, spot.y - dy * spot.size, spot.size * scale, spot.flip),
        )


def _crane(stage: Stage, spot: Spot) -> None:
    white = mix(rgb("fbfaf5"), stage.palette.haze, 0.18)
    black = rgb("1d2026")
    shadow = mix(white, stage.palette.sky_mid, 0.35)
    spot.fill(
        [
            stroke([(-0.2, 0.33), (-0.45, 0.29), (-0.72, 0.3)], 0.022, 0.012),
            stroke([(-0.2, 0.3), (-0.45, 0.26), (-0.7, 0.26)], 0.022, 0.012),
        ],
        black,
    )
    spot.fill(
        blob([(0.12, 0.4), (0.0, 0.62), (-0.2, 0.88), (-0.42, 1.02), (-0.4, 0.85), (-0.36, 0.68), (-0.2, 0.42)]),
        shadow,
        white,
    )
    spot.fill(stroke([(0.16, 0.36), (0.36, 0.42), (0.52, 0.4), (0.7, 0.44)], 0.1, 0.032), white)
    spot.fill(stroke([(0.42, 0.415), (0.54, 0.405), (0.66, 0.435)], 0.05, 0.034), black)
    spot.fill(
        blob([(0.26, 0.36), (0.1, 0.45), (-0.15, 0.42), (-0.34, 0.34), (-0.2, 0.27), (0.08, 0.27)]), white, shadow
    )
    spot.fill(blob([(-0.16, 0.38), (-0.4, 0.35), (-0.3, 0.28)]), black)
    wing = blob(
        [
            (0.16, 0.4),
            (0.2, 0.66),
            (0.14, 0.95),
            (-0.04, 1.16),
            (-0.06, 0.98),
            (-0.16, 0.92),
            (-0.14, 0.78),
            (-0.24, 0.7),
            (-0.2, 0.58),
            (-0.24, 0.48),
            (-0.08, 0.36),
        ]
    )
    spot.fill(wing, white, shadow)
    tips = [
        stroke(
            [
                (0.0 - 0.05 * k, 0.92 - 0.13 * k),
                (-0.07 - 0.06 * k, 1.05 - 0.14 * k),
                (-0.1 - 0.08 * k, 1.12 - 0.15 * k),
            ],
            0.05,
            0.01,
        )
        for k in range(4)
    ]
    spot.fill(tips, black)
    spot.fill(oval(0.71, 0.45, 0.038, 0.03), white)
    spot.fill(oval(0.71, 0.475, 0.028, 0.014), rgb("c8322b"))
    spot.fill(poly([(0.735, 0.462), (0.86, 0.445), (0.735, 0.438)]), rgb("6d7466"))


def lanterns(stage: Stage, spot: Spot) -> None:
    """Lanterns adrift, small ones far away, the largest close."""
    rng = stage.dice.of("lanterns")
    pen = spot.pen
    count = 13
    for k in range(count):
        near = (k + 1) / count
        x, y = float(rng.random()) * pen.width, stage.horizon * float(rng.uniform(0.1, 0.95))
        _lantern(stage, Spot(pen, x, y, spot.size * (0.22 + 0.85 * near**2)), near)


def _lantern(stage: Stage, spot: Spot, near: float) -> None:
    red = mix(rgb("e2452f"), stage.palette.accent, 0.25)
    if near > 0.3:
        spot.glow(0, 0.55, 1.3, rgb("ffb05a"), 0.5 if stage.dark else 0.16)
    spot.fill(stroke([(0, 0.2), (0.01, 0.05), (0.0, -0.18)], 0.04, 0.09), red)
    spot.fill(
        blob(
            [
                (-0.18, 0.25),
                (-0.4, 0.42),
                (-0.4, 0.68),
                (-0.18, 0.85),
                (0.18, 0.85),
                (0.4, 0.68),
                (0.4, 0.42),
                (0.18, 0.25),
            ]
        ),
        red,
        adjust(red, light=-0.08),
    )
    spot.fill(oval(0, 0.53, 0.24, 0.24), rgb("ffc56b"), rgb("ff9a4a"), cover=0.75)
    spot.fill(
        [stroke([(s * 0.06, 0.26), (s * 0.21, 0.55), (s * 0.06, 0.84)], 0.018) for s in (-1, 1)],
        adjust(red, light=-0.16),
        cover=0.6,
    )
    spot.fill(
        [rect(-0.17, 0.82, 0.34, 0.07), rect(-0.17, 0.21, 0.34, 0.07), rect(-0.012, 0.89, 0.024, 0.12)], rgb("e5b34a")
    )


def balloons(stage: Stage, spot: Spot) -> None:
    """Striped hot-air balloons at three distances."""
    for k, (dx, dy, scale) in enumerate(((-1.1, 0.75, 0.35), (1.05, 0.45, 0.55), (0.0, 0.0, 1.0))):
        at = Spot(spot.pen, spot.x + dx * spot.size, spot.y - dy * spot.size, spot.size * scale)
        hue = adjust(stage.palette.accent, turn=70 * k)
        envelope = [
            (0, 0.24),
            (-0.13, 0.34),
            (-0.33, 0.6),
            (-0.3, 0.86),
            (0, 1.02),
            (0.3, 0.86),
            (0.33, 0.6),
            (0.13, 0.34),
        ]
        at.fill([stroke([(s * 0.1, 0.34), (s * 0.06, 0.12)], 0.01) for s in (-1, 1)], stage.palette.dark)
        for stripe in range(4):
            width = 1 - 0.27 * stripe
            color = hue if stripe % 2 == 0 else mix(rgb("fff4dc"), stage.palette.haze, 0.2)
            at.fill(blob([(x * width, y) for x, y in envelope]), color, adjust(color, light=-0.1))
        at.fill(rect(-0.07, 0.02, 0.14, 0.11), rgb("8a5a34"), rgb("5a3a24"))


def butterflies(stage: Stage, spot: Spot) -> None:
    """Five butterflies, each a turn of the accent's hue."""
    rng = stage.dice.of("butterflies")
    upper, lower = (
        blob([(0, 0.05), (0.2, 0.5), (0.6, 0.62), (0.62, 0.25), (0.3, 0.0)]),
        blob([(0, 0.0), (0.35, -0.03), (0.5, -0.3), (0.3, -0.5), (0.08, -0.25)]),
    )
    for k in range(5):
        x, y = float(rng.random()) * spot.pen.width, stage.horizon * float(rng.uniform(0.45, 1.2))
        at = Spot(spot.pen, x, y, spot.size * float(rng.uniform(0.4, 0.9)))
        hue = adjust(stage.palette.accent, turn=55 * k)
        at.fill(both(upper), hue, adjust(hue, light=-0.06))
        at.fill(both(lower), adjust(hue, light=0.08), hue)
        at.fill(both(oval(0.42, 0.4, 0.09)), rgb("fff6dc"), cover=0.8)
        at.fill(
            [oval(0, 0, 0.045, 0.3), *both(stroke(curve([(0, 0.25), (0.08, 0.42), (0.16, 0.5)]), 0.02))],
            stage.palette.dark,
        )
