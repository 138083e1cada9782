"""The plan of one picture: what is chosen before the first brush stroke."""

import math
from dataclasses import dataclass

from generation.sketch.brief import Brief
from generation.sketch.noise import Dice, Rng
from generation.sketch.palette import Palette, choose
from generation.sketch.pen import Medium, Pen
from generation.sketch.scene import Scene

_HORIZON = {"sea": 0.6, "lake": 0.58, "river": 0.6, "city": 0.74, "desert": 0.6, "field": 0.62, "mountains": 0.7}
_WATERY = ("boat", "lotus")
_SUITS = {"whale": "sea", "fish": "underwater", "lighthouse": "sea", "bridge": "river", "lotus": "lake", "boat": "lake"}
_ANYWHERE = ("mountains", "field", "lake", "sea", "forest")


@dataclass(frozen=True)
class Stage:
    """Places are in pixels; `obedience` (0 to 1) is how firmly the words rule, `boost` scales the subjects."""

    pen: Pen
    palette: Palette
    scene: Scene
    dice: Dice
    time: str
    settings: tuple[str, ...]
    horizon: float
    focus: float
    counter: float
    obedience: float
    boost: float

    @property
    def unit(self) -> float:
        """The shorter side in pixels."""
        return self.pen.unit

    @property
    def dark(self) -> bool:
        """Whether lamps and windows are lit."""
        return self.time in ("night", "sunset")

    @property
    def snowy(self) -> bool:
        """Whether snow lies on the ground."""
        return self.scene.ground == "snow" or self.scene.season == "winter"

    @property
    def wet(self) -> bool:
        """Whether there is a sheet of water to mirror and to float on."""
        return any(s in ("sea", "lake", "river") for s in self.settings)

    def has(self, setting: str) -> bool:
        """Whether the picture is set there."""
        return setting in self.settings


def plan(brief: Brief, scene: Scene, medium: Medium) -> Stage:
    """Choose time, place, palette and composition for a brief."""
    dice = Dice(scene.salt, brief.seed)
    rng = dice.of("plan")
    obedience = 1 - math.exp(-brief.cfg / 3)
    settings = _settings(scene, rng)
    time = scene.time or str(rng.choice(["day", "dawn", "sunset"], p=[0.6, 0.25, 0.15]))
    palette = medium.prepare(choose(scene, time, dice.of("palette"), obedience, vigour=0.94 + 0.008 * brief.cfg))
    pen = Pen(brief.width, brief.height, medium, dice, max(1, brief.steps) / 25)
    side = 1 if rng.random() < 0.5 else -1
    horizon = next((_HORIZON[s] for s in ("sea", "lake", "river", *settings) if s in settings and s in _HORIZON), 0.66)
    slack = 1 + 2.0 * (1 - obedience)
    return Stage(
        pen=pen,
        palette=palette,
        scene=scene,
        dice=dice,
        time=time,
        settings=settings,
        horizon=brief.height * (horizon + 0.035 * slack * float(rng.uniform(-1, 1))),
        focus=brief.width * (0.5 + side * (0.14 + 0.05 * slack * float(rng.uniform(-1, 1)))),
        counter=brief.width * (0.5 - side * (0.25 + 0.05 * slack * float(rng.uniform(-1, 1)))),
        obedience=obedience,
        boost=0.8 + 0.2 * brief.cfg / 7.5 + 0.06 * float(rng.uniform(-1, 1)),
    )


def _settings(scene: Scene, rng: Rng) -> tuple[str, ...]:
    """Where it takes place; what floats brings its water along."""
    free = str(rng.choice(_ANYWHERE))
    settings = scene.settings
    if not settings:
        suited = [_SUITS[s] for s in scene.subjects if s in _SUITS]
        settings = tuple(dict.fromkeys(suited)) or (("field",) if scene.subjects else (free,))
    floats = any(s in _WATERY for s in scene.subjects)
    if floats and not {"sea", "lake", "river", "underwater"} & set(settings):
        settings = (*settings, "lake")
    return settings
