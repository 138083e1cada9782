"""Animals that sit and look at you: one body, six characters."""

from dataclasses import dataclass

from generation.sketch.color import Color, adjust, lightness, mix, rgb
from generation.sketch.palette import COLOURS
from generation.sketch.pen import Spot
from generation.sketch.shapes import Outline, blob, both, oval, stroke
from generation.sketch.stage import Stage

_BODY = blob(
    [
        (-0.2, 0.01),
        (-0.26, 0.1),
        (-0.24, 0.3),
        (-0.15, 0.52),
        (0, 0.58),
        (0.15, 0.52),
        (0.24, 0.3),
        (0.26, 0.1),
        (0.2, 0.01),
        (0, 0),
    ]
)
_HAUNCH = blob([(0.12, 0.0), (0.11, 0.13), (0.18, 0.26), (0.27, 0.24), (0.31, 0.1), (0.27, 0.0)])
_CHEST = blob([(-0.1, 0.14), (-0.12, 0.36), (0, 0.52), (0.12, 0.36), (0.1, 0.14), (0, 0.08)])
_LEG = blob([(0.015, 0.0), (0.02, 0.22), (0.045, 0.33), (0.1, 0.3), (0.115, 0.1), (0.12, 0.0)])
_HEAD = blob(
    [
        (0, 0.9),
        (0.13, 0.87),
        (0.215, 0.75),
        (0.23, 0.66),
        (0.16, 0.55),
        (0, 0.515),
        (-0.16, 0.55),
        (-0.23, 0.66),
        (-0.215, 0.75),
        (-0.13, 0.87),
    ]
)


@dataclass(frozen=True)
class _Coat:
    fur: Color
    light: Color
    eye: Color
    patches: Color | None = None


def _coat(stage: Stage, choices: tuple[str, ...], eye: str, patches: str = "") -> _Coat:
    """The fur: a colour named beside the animal, else one of its kind's; dimmer at night."""
    named = [COLOURS[c] for c in stage.scene.colours if c in ("orange", "white", "black", "grey", "gold")]
    fur = named[0] if named else rgb(choices[int(stage.dice.of("coat").integers(0, len(choices)))])
    air = {"day": 0.04, "dawn": 0.1, "sunset": 0.2, "night": 0.28}[stage.time]
    shadow = mix(stage.palette.dark, stage.palette.haze, 0.3)
    fur = mix(fur, shadow, air)
    return _Coat(
        fur, mix(mix(fur, rgb("fff6e8"), 0.72), shadow, air * 0.5), rgb(eye), rgb(patches) if patches else None
    )


def _sit(
    stage: Stage, spot: Spot, coat: _Coat, *, ears: list[Outline], inner: list[Outline], tail: Outline | None
) -> None:
    fur, low = coat.fur, adjust(coat.fur, light=-0.09)
    spot.pen.fill(spot.place(oval(0.04, 0.0, 0.42, 0.045)), stage.palette.dark, cover=0.3)
    if tail is not None:
        spot.fill(tail, low, fur)
    spot.fill(_BODY, coat.patches or fur, adjust(coat.patches or fur, light=-0.09))
    if coat.patches:
        spot.fill(blob([(-0.23, 0.06), (-0.23, 0.3), (0, 0.4), (0.23, 0.3), (0.23, 0.06), (0, 0.02)]), fur, low)
    limb = coat.patches or fur
    spot.fill(both(_HAUNCH), adjust(limb, light=-0.02), adjust(limb, light=-0.09))
    spot.fill(_CHEST, coat.light if not coat.patches else fur, cover=0.8, fade=0.5)
    for leg in both(_LEG):
        spot.fill(leg, adjust(limb, light=0.02), coat.light if not coat.patches else limb)
    for ear in ears:
        spot.fill(ear, coat.patches or low, coat.patches or fur)
    spot.fill(inner, mix(coat.light, rgb("e89a9a"), 0.55), cover=0.85)
    spot.fill(_HEAD, adjust(fur, light=0.03), adjust(fur, light=-0.03))


def _face(spot: Spot, coat: _Coat, *, slit: bool, muzzle: float, whiskers: bool) -> None:
    dark = rgb("1d1a1f")
    spot.fill(
        [
            oval(-0.05, 0.605, 0.075 * muzzle, 0.058),
            oval(0.05, 0.605, 0.075 * muzzle, 0.058),
            oval(0, 0.575, 0.06, 0.045),
        ],
        coat.light,
    )
    if coat.patches:
        spot.fill(both(oval(0.098, 0.695, 0.062, 0.075, 0.5)), coat.patches)
    for side in (-1, 1):
        x = side * 0.098
        if not coat.patches:
            spot.fill(oval(x, 0.695, 0.057, 0.056), dark)
        spot.fill(oval(x, 0.695, 0.047, 0.047), coat.eye)
        spot.fill(oval(x, 0.695, 0.019 if slit else 0.038, 0.042 if slit else 0.038), dark)
        spot.fill(oval(x + 0.016, 0.714, 0.0135), rgb("ffffff"))
    nose = rgb("d9777c") if slit and lightness(coat.fur) > 0.3 else dark
    spot.fill(blob([(-0.026, 0.637), (0, 0.643), (0.026, 0.637), (0.0, 0.612)]), nose)
    mouth = [stroke([(0, 0.615), (side * 0.02, 0.587), (side * 0.055, 0.592)], 0.008, 0.005) for side in (-1, 1)]
    spot.fill(mouth, dark)
    if whiskers:
        pale = rgb("fffaf0") if lightness(coat.fur) < 0.72 else rgb("6a6460")
        hairs = [
            stroke([(s * 0.1, 0.605 + d * 0.4), (s * 0.2, 0.615 + d), (s * 0.33, 0.6 + d * 2)], 0.006, 0.002)
            for s in (-1, 1)
            for d in (-0.02, 0.005, 0.03)
        ]
        spot.fill(hairs, pale, cover=0.85)


def cat(stage: Stage, spot: Spot) -> None:
    """A sitting cat: pointed ears, slit eyes, whiskers, a tail around its side."""
    coat = _coat(stage, ("e39a4e", "8b8f98", "e9dcc8", "3a3a42", "b98a5c"), "b9d45a")
    tail = stroke([(0.16, 0.05), (0.36, 0.04), (0.47, 0.14), (0.44, 0.3), (0.36, 0.36)], 0.1, 0.06)
    ears = both(blob([(0.045, 0.865), (0.12, 0.93), (0.205, 1.03), (0.235, 0.86), (0.21, 0.72)]))
    inner = both(blob([(0.1, 0.86), (0.14, 0.915), (0.19, 0.975), (0.205, 0.87), (0.185, 0.8)]))
    _sit(stage, spot, coat, ears=ears, inner=inner, tail=tail)
    stripe = adjust(coat.fur, light=-0.14)
    brow = [stroke([(x, 0.885 - abs(x) * 0.4), (x * 0.75, 0.795)], 0.028, 0.008) for x in (-0.075, 0.0, 0.075)]
    flanks = [stroke([(0.245, y), (0.13, y - 0.015)], 0.03, 0.006) for y in (0.28, 0.36, 0.43)]
    spot.fill([*brow, *(side for flank in flanks for side in both(flank))], stripe, cover=0.75)
    _face(spot, coat, slit=True, muzzle=0.9, whiskers=True)


def dog(stage: Stage, spot: Spot) -> None:
    """A friendly dog with a curled tail and a tongue."""
    coat = _coat(stage, ("d9964f", "c7a27a", "7a5a44", "e6d3b3"), "5b3a24")
    tail = stroke([(0.2, 0.2), (0.36, 0.3), (0.4, 0.46), (0.3, 0.5), (0.27, 0.42)], 0.11, 0.05)
    ears = both(blob([(0.07, 0.87), (0.16, 0.93), (0.24, 0.95), (0.25, 0.83), (0.2, 0.74)]))
    _sit(
        stage,
        spot,
        coat,
        ears=ears,
        inner=both(blob([(0.14, 0.87), (0.18, 0.9), (0.22, 0.91), (0.225, 0.84), (0.19, 0.79)])),
        tail=tail,
    )
    spot.fill(both(oval(0.1, 0.76, 0.03, 0.018)), coat.light)
    spot.fill(blob([(-0.03, 0.575), (0.03, 0.575), (0.028, 0.52), (0, 0.5), (-0.028, 0.52)]), rgb("e5737a"))
    _face(spot, coat, slit=False, muzzle=1.05, whiskers=False)


def rabbit(stage: Stage, spot: Spot) -> None:
    """A rabbit with tall ears and a round tail."""
    coat = _coat(stage, ("f0ece6", "cbb8a4", "a99a8e", "e7d7c4"), "6b2f37")
    ear = blob([(0.04, 0.85), (0.035, 1.05), (0.085, 1.27), (0.145, 1.22), (0.15, 1.0), (0.13, 0.84)])
    inner = blob([(0.07, 0.9), (0.065, 1.06), (0.095, 1.2), (0.12, 1.17), (0.122, 1.0), (0.11, 0.88)])
    _sit(stage, spot, coat, ears=both(ear), inner=both(inner), tail=oval(0.29, 0.12, 0.09))
    _face(spot, coat, slit=False, muzzle=0.75, whiskers=True)


def fox(stage: Stage, spot: Spot) -> None:
    """A fox: dark-tipped ears, white cheeks, a brush of a tail."""
    coat = _coat(stage, ("d9692b", "c85a24"), "e2a33a")
    tail = stroke([(0.15, 0.06), (0.4, 0.06), (0.53, 0.24), (0.47, 0.5)], 0.1, 0.02, belly=0.16)
    ear = blob([(0.04, 0.86), (0.12, 0.96), (0.2, 1.09), (0.245, 0.9), (0.22, 0.74)])
    _sit(
        stage,
        spot,
        coat,
        ears=both(ear),
        inner=both(blob([(0.11, 0.88), (0.15, 0.95), (0.19, 1.02), (0.21, 0.9), (0.19, 0.82)])),
        tail=tail,
    )
    spot.fill(stroke([(0.5, 0.38), (0.49, 0.45), (0.47, 0.5)], 0.13, 0.02), coat.light)
    spot.fill(both(blob([(0.03, 0.56), (0.07, 0.64), (0.16, 0.67), (0.22, 0.65), (0.16, 0.56)])), coat.light)
    _face(spot, coat, slit=True, muzzle=0.8, whiskers=True)


def panda(stage: Stage, spot: Spot) -> None:
    """A panda with its patches and a piece of bamboo."""
    coat = _coat(stage, ("f4f1ea",), "2a211c", patches="26262c")
    _sit(stage, spot, coat, ears=both(oval(0.165, 0.87, 0.075)), inner=[], tail=None)
    _face(spot, coat, slit=False, muzzle=0.95, whiskers=False)
    green = mix(stage.palette.foliage, rgb("6fae4a"), 0.6)
    spot.fill(stroke([(-0.3, 0.1), (0.0, 0.3), (0.34, 0.48)], 0.035), green)
    leaves = [
        stroke([(x, y), (x + 0.06, y + 0.06), (x + 0.15, y + 0.05)], 0.005, 0.003, belly=0.045)
        for x, y in ((0.24, 0.42), (0.3, 0.46), (0.34, 0.48))
    ]
    spot.fill(leaves, adjust(green, light=0.06))


def bear(stage: Stage, spot: Spot) -> None:
    """A brown bear."""
    coat = _coat(stage, ("7a4f32", "5d4030", "8c6a4c"), "2a1a12")
    _sit(stage, spot, coat, ears=both(oval(0.165, 0.86, 0.08)), inner=both(oval(0.165, 0.86, 0.045)), tail=None)
    _face(spot, coat, slit=False, muzzle=1.1, whiskers=False)
