"""Water: the mirrored scene broken by waves, glitter under the light, surf; and the world below."""

import math

import numpy as np

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.layers.sky import light_at
from generation.sketch.media.base import blend
from generation.sketch.noise import smooth
from generation.sketch.shapes import Outline, oval, shift, stroke
from generation.sketch.stage import Stage


def surface(stage: Stage) -> None:
    """Lake, river or sea below the horizon, mirroring what is drawn so far."""
    if not stage.wet or stage.has("space") or stage.has("underwater"):
        return
    pen, palette = stage.pen, stage.palette
    top = max(1, int(stage.horizon))
    rows = pen.height - top
    depth = np.linspace(0, 1, rows, dtype=np.float32)[:, None]
    rng = stage.dice.of("water")
    rough = 1.5 if stage.has("sea") else 0.65
    waves = np.zeros((rows, pen.width), np.float32)
    for number, cell in enumerate((90, 45, 22)):
        layer = smooth(rng, rows, pen.width, stage.unit / cell, stage.unit / cell * 5)
        waves += layer * (0.25 + depth * (1.6 - 0.5 * number))
    mirror = np.clip(top - 1 - np.arange(rows)[:, None] * 0.95 - waves * stage.unit * 0.008 * rough, 0, top - 1)
    column = np.arange(pen.width)[None, :] + waves * stage.unit * 0.006 * rough
    source = pen.image[mirror.astype(np.int32), np.clip(column, 0, pen.width - 1).astype(np.int32)]
    deep = np.array(palette.water, np.float32) * (1 - 0.35 * depth[:, :, None])
    share = pen.medium.mirror * (0.92 - 0.6 * depth[:, :, None] * (0.8 if rough < 1 else 1.15))
    pen.image[top:] = deep + (source - deep) * share
    crest = np.clip(waves - 0.75, 0, 1) * np.float32(0.5 * min(1.0, rough))
    blend(pen.image[top:], np.array(mix(palette.light, palette.sky_low, 0.6), np.float32), crest)
    _glitter(stage, top)
    if stage.has("sea"):
        _rollers(stage)


def _glitter(stage: Stage, top: int) -> None:
    """The broken path of light below the sun or moon."""
    lit = "sun" in stage.scene.sky or "moon" in stage.scene.sky or stage.time != "day"
    if not lit or stage.scene.weather == "rain":
        return
    pen, rng = stage.pen, stage.dice.of("glitter")
    x, _ = light_at(stage)
    flakes: list[Outline] = []
    for _ in range(pen.count(110)):
        t = float(rng.random()) ** 1.3
        y = top + 2 + t * (pen.height - top)
        spread = stage.unit * (0.02 + 0.1 * t)
        length = stage.unit * (0.006 + 0.03 * t) * float(rng.uniform(0.4, 1.3))
        flakes.append(
            oval(x + float(rng.normal(0, 1)) * spread, y, length, stage.unit * (0.0012 + 0.0022 * t), corners=10)
        )
    pen.fill(flakes, stage.palette.light, cover=0.75)


def _rollers(stage: Stage) -> None:
    """Lines of swell that grow toward the viewer, each with a foaming lip."""
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("rollers")
    room = pen.height - stage.horizon
    for index in range(6):
        t = (index + 0.6) / 6
        y = stage.horizon + room * t**1.7
        lips: list[Outline] = []
        for _ in range(3 + index // 2):
            x, length = float(rng.random()) * pen.width, stage.unit * (0.06 + 0.24 * t) * float(rng.uniform(0.6, 1.3))
            bow = stage.unit * 0.02 * t
            lift = float(rng.uniform(-1, 1)) * bow * 2
            path = [
                (x - length, y + lift + bow),
                (x - length * 0.3, y + lift - bow),
                (x + length, y + lift + bow * 0.5),
            ]
            lips.append(stroke(path, 0.5, 0.5, belly=stage.unit * (0.002 + 0.011 * t)))
        foam = mix(rgb("ffffff"), palette.sky_low, 0.35 if stage.time != "night" else 0.75)
        pen.fill([shift(lip, 0, stage.unit * 0.012 * t) for lip in lips], adjust(palette.water, light=-0.08), cover=0.5)
        pen.fill(lips, foam, cover=0.35 + 0.4 * t)


def depths(stage: Stage) -> None:
    """Under water: shafts of light, a reef, weed and bubbles."""
    if not stage.has("underwater"):
        return
    pen, palette = stage.pen, stage.palette
    sea = mix(palette.water, rgb("1683b8"), 0.5)
    t = np.linspace(0, 1, pen.height, dtype=np.float32)[:, None, None]
    top = np.array(mix(sea, palette.light, 0.45), np.float32)
    bottom = np.array(mix(sea, palette.dark, 0.72), np.float32)
    pen.image += (top + (bottom - top) * t**0.8 - pen.image) * np.float32(0.9)
    _shafts(stage)
    _reef(stage, sea)
    rng = stage.dice.of("bubbles")
    for _ in range(pen.count(34)):
        x, y = float(rng.random()) * pen.width, float(rng.random()) * pen.height
        radius = stage.unit * float(rng.uniform(0.002, 0.01))
        pen.fill(oval(x, y, radius), mix(sea, rgb("ffffff"), 0.75), cover=0.45)


def _shafts(stage: Stage) -> None:
    pen, rng = stage.pen, stage.dice.of("shafts")
    x = np.arange(pen.width, dtype=np.float32)[None, :]
    y = np.arange(pen.height, dtype=np.float32)[:, None]
    fan = (x - stage.counter) / (y + pen.height * 0.35)
    rays = smooth(rng, 2, 512, 2, 15)[0]
    light = np.interp(fan, np.linspace(-2, 2, 512), rays)
    light = np.clip(light - 0.1, 0, 1) * np.exp(-y / (pen.height * 0.45)) * 0.55
    pen.medium.shine(pen, light.astype(np.float32), stage.palette.light)


def _reef(stage: Stage, sea: tuple[float, float, float]) -> None:
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("reef")
    for row in range(3):
        color = mix(mix(palette.land, palette.dark, 0.35), sea, 0.55 - 0.27 * row)
        base = pen.height * (0.9 + 0.06 * row)
        hills = [
            oval(float(x) * pen.width, base + stage.unit * 0.1, stage.unit * float(w), stage.unit * float(w) * 0.8)
            for x, w in zip(rng.random(7), rng.uniform(0.1, 0.2, 7), strict=True)
        ]
        pen.fill(hills, color, mix(color, palette.dark, 0.4))
        weeds: list[Outline] = []
        for _ in range(pen.count(9)):
            x, tall = float(rng.random()) * pen.width, stage.unit * float(rng.uniform(0.1, 0.3))
            sway = stage.unit * 0.03
            phase = float(rng.uniform(0, 6))
            path = [(x + sway * math.sin(phase + k), base - tall * k / 5) for k in range(6)]
            weeds.append(stroke(path, stage.unit * 0.014, stage.unit * 0.002, belly=stage.unit * 0.006))
        hue = (palette.foliage, palette.accent, mix(palette.foliage, palette.dark, 0.4))[row]
        pen.fill(weeds, mix(hue, sea, 0.5 - 0.2 * row), mix(hue, palette.dark, 0.4))
