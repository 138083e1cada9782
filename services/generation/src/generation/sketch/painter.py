"""Painting a brief: plan, scenery from back to front, subjects in their zones, the medium's last passes."""

from collections.abc import Callable

from PIL import Image

from generation.sketch.brief import Brief
from generation.sketch.layers import city, land, sky, water, weather, woods
from generation.sketch.media import MEDIA
from generation.sketch.pen import Spot
from generation.sketch.scene import read
from generation.sketch.stage import Stage, plan
from generation.sketch.subjects import SUBJECTS

_CROWD = 5
"""More subjects than this in one zone would only hide each other."""


_LONG = ("dragon", "whale")
"""Subjects that need the whole width of the sky."""


def paint(brief: Brief, progress: Callable[[float], None]) -> Image.Image:
    """Paint the brief as an RGB picture; `progress` hears a share that rises to 1, at least ten times.

    Raises `ValueError` for a style that is not in `STYLES`.
    """
    if brief.style not in MEDIA:
        raise ValueError(f"unknown style {brief.style!r}")
    stage = plan(brief, read(brief.prompt, brief.negative_prompt), MEDIA[brief.style]())
    for number, layer in enumerate(_LAYERS, start=1):
        layer(stage)
        progress(0.7 * number / len(_LAYERS))
    picture = stage.pen.medium.finish(stage.pen)
    progress(1.0)
    return picture


def _sky_subjects(stage: Stage) -> None:
    flying = _in_zone(stage, "sky")
    for index, name in enumerate(flying):
        size = SUBJECTS[name].size * stage.unit * stage.boost
        x = stage.focus if index % 2 == 0 else stage.counter
        lift = 0.62 if stage.has("underwater") or stage.has("space") else 0.58
        y = (stage.pen.height if stage.has("underwater") or stage.has("space") else stage.horizon) * (
            lift - 0.14 * (index // 2)
        )
        if name in _LONG:
            x = stage.pen.width * 0.5 + (x - stage.pen.width * 0.5) * 0.25
        SUBJECTS[name].draw(stage, Spot(stage.pen, x, max(y, size * 1.1), size, _facing(stage, x)))


def _far_subjects(stage: Stage) -> None:
    for index, name in enumerate(_in_zone(stage, "far")):
        x = (stage.focus, stage.counter, stage.pen.width / 2)[index % 3]
        size = SUBJECTS[name].size * stage.unit * stage.boost
        SUBJECTS[name].draw(stage, Spot(stage.pen, x, stage.horizon + stage.unit * 0.012, size, _facing(stage, x)))


def _water_subjects(stage: Stage) -> None:
    room = stage.pen.height - stage.horizon
    for index, name in enumerate(_in_zone(stage, "water")):
        x = stage.focus if index % 2 == 0 and not _in_zone(stage, "far") else stage.counter
        size = SUBJECTS[name].size * stage.unit * stage.boost
        SUBJECTS[name].draw(stage, Spot(stage.pen, x, stage.horizon + room * 0.42, size, _facing(stage, x)))


def _near_subjects(stage: Stage) -> None:
    named = _in_zone(stage, "near")
    if "portrait" in named:
        named = [name for name in named if name not in ("girl", "boy")]
    backdrop = [name for name in named if name in ("tree", "flowers", "blossom")]
    heroes = [name for name in named if name not in backdrop]
    for name in backdrop:
        x = stage.counter if heroes else stage.focus
        _stand(stage, name, x, 0.9 if stage.wet else 0.8, 1.0)
    for index, name in enumerate(heroes):
        share = (index + 0.5) / len(heroes)
        x = stage.focus if len(heroes) == 1 else stage.pen.width * (0.12 + 0.76 * share)
        _stand(stage, name, x, 1.0 if name == "portrait" else 0.94, 1.0 if len(heroes) < 3 else 0.75)


def _stand(stage: Stage, name: str, x: float, depth: float, scale: float) -> None:
    foot = stage.pen.height * depth
    size = SUBJECTS[name].size * stage.unit * stage.boost * scale
    SUBJECTS[name].draw(stage, Spot(stage.pen, x, foot, min(size, foot * 0.82), _facing(stage, x)))


def _in_zone(stage: Stage, zone: str) -> list[str]:
    wanted = [name for name in SUBJECTS if name in stage.scene.subjects and SUBJECTS[name].zone == zone]
    return wanted[:_CROWD]


def _facing(stage: Stage, x: float) -> int:
    """Looking into the picture rather than out of it."""
    return 1 if x < stage.pen.width / 2 else -1


_LAYERS: tuple[Callable[[Stage], None], ...] = (
    sky.backdrop,
    sky.stars,
    sky.wonders,
    sky.light,
    sky.clouds,
    land.ranges,
    water.depths,
    city.skyline,
    weather.mist,
    woods.trees,
    _far_subjects,
    _sky_subjects,
    water.surface,
    land.dunes,
    land.ground,
    land.meadow,
    woods.bamboo,
    _water_subjects,
    _near_subjects,
    land.grass,
    weather.drift,
    weather.fall,
)
