"""What hangs in the air before everything: mist, rain, snow, petals, leaves, fireflies."""

import math

import numpy as np

from generation.sketch.color import mix, rgb
from generation.sketch.media.base import blend
from generation.sketch.noise import fractal
from generation.sketch.shapes import Outline, oval, stroke
from generation.sketch.stage import Stage


def mist(stage: Stage) -> None:
    """A band of vapour where land meets sky; thick in fog, and always there among mountains."""
    if any(stage.has(s) for s in ("space", "underwater")):
        return
    strength = 0.9 if stage.scene.weather == "fog" else 0.42 if stage.has("mountains") or stage.has("forest") else 0.15
    pen = stage.pen
    y = (np.arange(pen.height, dtype=np.float32) - stage.horizon) / np.float32(stage.unit)
    band = np.exp(-((y * (4.2 if stage.scene.weather == "fog" else 8)) ** 2))[:, None]
    drift = fractal(stage.dice.of("mist"), pen.height, pen.width, stage.unit / 4, 4)
    share = np.clip(band * (0.75 + 0.5 * drift), 0, 1) * np.float32(strength * 0.85)
    blend(pen.image, np.array(stage.palette.haze, np.float32), share)


def fall(stage: Stage) -> None:
    """Rain or snow, in three depths."""
    if stage.has("space") or stage.has("underwater"):
        return
    if stage.scene.weather == "rain":
        _rain(stage)
    elif stage.scene.weather == "snow":
        _snow(stage)


def _rain(stage: Stage) -> None:
    pen, rng = stage.pen, stage.dice.of("rain")
    slant = float(rng.uniform(0.08, 0.25)) * (1 if rng.random() < 0.5 else -1)
    color = mix(stage.palette.sky_low, rgb("ffffff"), 0.5)
    for depth in range(3):
        drops: list[Outline] = []
        for _ in range(pen.count(130 - 25 * depth)):
            x, y = float(rng.uniform(-0.1, 1.1)) * pen.width, float(rng.random()) * pen.height
            length = stage.unit * (0.03 + 0.035 * depth) * float(rng.uniform(0.7, 1.3))
            drops.append(stroke([(x, y), (x + slant * length, y + length)], stage.unit * (0.001 + 0.0007 * depth)))
        pen.fill(drops, color, cover=0.24 + 0.1 * depth)


def _snow(stage: Stage) -> None:
    pen, rng = stage.pen, stage.dice.of("snowfall")
    color = mix(rgb("ffffff"), stage.palette.sky_low, 0.08)
    for depth in range(3):
        count = pen.count(170 - 45 * depth)
        places = zip(rng.random(count), rng.random(count), rng.uniform(0.6, 1.5, count), strict=True)
        flakes = [
            oval(
                float(x) * pen.width,
                float(y) * pen.height,
                stage.unit * (0.0016 + 0.0022 * depth) * float(s),
                corners=12,
            )
            for x, y, s in places
        ]
        pen.fill(flakes, color, cover=0.6 + 0.12 * depth)


def drift(stage: Stage) -> None:
    """Petals with blossom, leaves in autumn, sparks of light in a dream."""
    subjects, scene = stage.scene.subjects, stage.scene
    if "blossom" in subjects:
        _petals(stage, mix(rgb("f7c3d3"), stage.palette.accent, 0.35), 46)
    elif scene.season == "autumn":
        _petals(stage, mix(rgb("e0742a"), stage.palette.accent, 0.4), 34)
    if "dreamy" in scene.moods or (scene.season == "summer" and stage.time == "night"):
        _sparks(stage)


def _petals(stage: Stage, color: tuple[float, float, float], count: int) -> None:
    pen, rng = stage.pen, stage.dice.of("petals")
    for tone in range(2):
        petals: list[Outline] = []
        for _ in range(pen.count(count / 2)):
            x, y = float(rng.random()) * pen.width, float(rng.random()) * pen.height
            size = stage.unit * float(rng.uniform(0.004, 0.011))
            petals.append(oval(x, y, size, size * 0.5, float(rng.uniform(0, math.pi)), corners=12))
        pen.fill(petals, mix(color, stage.palette.light, 0.3 * tone), cover=0.88)


def _sparks(stage: Stage) -> None:
    pen, rng = stage.pen, stage.dice.of("sparks")
    field = np.zeros((pen.height, pen.width), np.float32)
    for _ in range(pen.count(40)):
        x, y = float(rng.random()) * pen.width, float(rng.uniform(0.25, 1)) * pen.height
        radius = stage.unit * float(rng.uniform(0.002, 0.006))
        reach = int(radius * 6) + 2
        left, top = max(0, int(x) - reach), max(0, int(y) - reach)
        view = field[top : int(y) + reach, left : int(x) + reach]
        dx = np.arange(view.shape[1], dtype=np.float32)[None, :] + left - np.float32(x)
        dy = np.arange(view.shape[0], dtype=np.float32)[:, None] + top - np.float32(y)
        view += np.exp(-(dx * dx + dy * dy) / np.float32(radius * radius * 3))
    pen.medium.shine(pen, np.clip(field, 0, 1), mix(stage.palette.light, rgb("ffe27a"), 0.5))
