"""Sky: gradation, stars, sun or moon, clouds, and the rarer lights."""

import numpy as np

from generation.sketch.color import Color, adjust, mix, rgb
from generation.sketch.media.base import blend
from generation.sketch.noise import fractal, smooth
from generation.sketch.pen import Paint
from generation.sketch.shapes import Outline, oval, stroke
from generation.sketch.stage import Stage


def backdrop(stage: Stage) -> None:
    """The graded sky over the whole sheet, with a breath of unevenness."""
    pen, palette = stage.pen, stage.palette
    depth = pen.height if stage.has("space") or stage.has("underwater") else stage.horizon
    t = np.clip(np.arange(pen.height, dtype=np.float32) / depth, 0, 1)[:, None]
    t = np.clip(t + 0.05 * smooth(stage.dice.of("sky"), pen.height, pen.width, pen.unit / 3), 0, 1)
    stops = np.array([palette.sky_top, palette.sky_mid, palette.sky_low], np.float32)
    for channel in range(3):
        pen.image[:, :, channel] = np.interp(t, [0, 0.55, 1], stops[:, channel])
    if stage.has("space"):
        _nebula(stage)


def _nebula(stage: Stage) -> None:
    pen, palette = stage.pen, stage.palette
    deep = np.array(mix(palette.sky_top, palette.dark, 0.5), np.float32)
    pen.image += (deep - pen.image) * np.float32(0.8)
    slant = np.linspace(-1, 1, pen.height)[:, None] + np.linspace(-0.8, 0.8, pen.width)[None, :]
    band = np.exp(-((slant * 1.5) ** 2)).astype(np.float32)
    for index, color in enumerate((adjust(palette.accent, chroma=1.2), rgb("5aa9ff"), rgb("b06bff"))):
        cloud = fractal(stage.dice.of("nebula", index), pen.height, pen.width, pen.unit / (2.4 + index), 5)
        pen.medium.shine(pen, np.clip(cloud - 0.08, 0, 1) * (0.3 + band) * np.float32(0.6), color)


def stars(stage: Stage) -> None:
    """Stars at night, thick when asked for; the Milky Way in a starry sky."""
    wanted = "stars" in stage.scene.sky or stage.has("space")
    if not wanted and (stage.time != "night" or stage.scene.weather != "clear"):
        return
    pen, rng = stage.pen, stage.dice.of("stars")
    floor = pen.height if stage.has("space") else stage.horizon
    if wanted and not stage.has("space"):
        slant = np.linspace(-1, 1.4, pen.height)[:, None] - np.linspace(-0.9, 0.9, pen.width)[None, :]
        milk = np.clip(0.65 + fractal(stage.dice.of("milk"), pen.height, pen.width, pen.unit / 6, 4), 0, 1)
        pen.medium.shine(pen, (np.exp(-((slant * 2.4) ** 2)) * milk * 0.3).astype(np.float32), rgb("aebfff"))
    count = pen.count(420 if wanted else 130)
    bright = np.array(mix(stage.palette.light, rgb("ffffff"), 0.5), np.float32)
    sheet = np.zeros((pen.height, pen.width), np.float32)
    for x, y, size in zip(rng.random(count), rng.random(count) ** 1.25, rng.random(count) ** 7, strict=True):
        _star(sheet, x * pen.width, y * floor, pen.unit * (0.0008 + 0.0028 * size), 0.35 + 0.65 * size)
    blend(pen.image, bright, np.clip(sheet, 0, 1))


def _star(sheet: np.ndarray[tuple[int, int], np.dtype[np.float32]], x: float, y: float, r: float, power: float) -> None:
    reach = int(r * 5) + 2
    left, top = max(0, int(x) - reach), max(0, int(y) - reach)
    view = sheet[top : int(y) + reach + 1, left : int(x) + reach + 1]
    dy = (np.arange(view.shape[0], dtype=np.float32) + top - y)[:, None]
    dx = (np.arange(view.shape[1], dtype=np.float32) + left - x)[None, :]
    view += np.float32(power) / (1 + (dx * dx + dy * dy) / np.float32(r * r)) ** 1.5


def light(stage: Stage) -> None:
    """Sun or moon with its halo, where the words or the hour ask for one."""
    if stage.has("underwater") or ("planet" in stage.scene.sky):
        return
    moon = "moon" in stage.scene.sky or (stage.time == "night" and "sun" not in stage.scene.sky)
    asked = "moon" in stage.scene.sky or "sun" in stage.scene.sky
    if not asked and (stage.scene.weather != "clear" or stage.has("space")):
        return
    if not moon and not asked and stage.time == "day":
        return
    pen, palette = stage.pen, stage.palette
    x, y = light_at(stage)
    radius = stage.unit * (0.062 if asked else 0.042) * (0.85 + 0.25 * stage.boost)
    color = palette.light if moon else mix(palette.light, palette.accent, 0.25 if stage.time == "sunset" else 0.05)
    pen.glow(x, y, radius * 6.5, mix(color, palette.sky_low, 0.4), 0.55)
    pen.glow(x, y, radius * 2.4, color, 0.5)
    pen.fill(oval(x, y, radius, corners=72), color, mix(color, palette.accent, 0.0 if moon else 0.25))
    if moon:
        rng = stage.dice.of("craters")
        for _ in range(5):
            angle, away = rng.uniform(0, 6.28), radius * rng.uniform(0.1, 0.62)
            spot = oval(x + away * np.cos(angle), y + away * np.sin(angle), radius * rng.uniform(0.1, 0.26))
            pen.fill(spot, adjust(color, light=-0.09), cover=0.4)


def light_at(stage: Stage) -> tuple[float, float]:
    """Where the sun or moon stands, in pixels."""
    low = stage.time in ("sunset", "dawn") and "moon" not in stage.scene.sky
    lift = float(stage.dice.of("light").uniform(0.0, 0.1))
    high = stage.horizon * ((0.80 if stage.wet else 0.62) - lift) if low else stage.horizon * (0.26 + lift)
    return stage.counter, high


def clouds(stage: Stage) -> None:
    """Banks of cloud from noise stretched sideways; streaks at dusk, heaps by day."""
    if stage.has("space") or stage.has("underwater"):
        return
    asked = "clouds" in stage.scene.sky
    pen, palette = stage.pen, stage.palette
    top = max(8, int(stage.horizon))
    amount = (
        0.32
        if asked
        else {"clear": 0.12 if stage.time == "day" else 0.04, "rain": 0.4, "snow": 0.22, "fog": 0.1}[
            stage.scene.weather
        ]
    )
    flat = 5.0 if stage.time in ("sunset", "dawn") else 3.0
    bank = np.zeros((top, pen.width), np.float32)
    for octave in range(5):
        cell = stage.unit / 7 * 0.52**octave
        bank += smooth(stage.dice.of("cloud", octave), top, pen.width, cell, cell * flat) * np.float32(0.55**octave)
    rise = np.linspace(0, 1, top, dtype=np.float32)[:, None]
    share = np.clip((bank + amount - 0.42) * 1.7, 0, 1) * np.clip(1.25 - rise, 0, 1) * np.float32(0.72)
    shade = np.clip(np.roll(bank, -max(1, top // 40), axis=0) - bank + 0.35, 0, 1)[:, :, None]
    lit: Color = mix(palette.light, palette.sky_low, {"day": 0.1, "night": 0.93}.get(stage.time, 0.45))
    if stage.time == "sunset":
        lit = mix(lit, palette.accent, 0.35)
    under = mix(palette.sky_mid, palette.haze, 0.5)
    color = np.array(under, np.float32) * (1 - shade) + np.array(lit, np.float32) * shade
    blend(pen.image[:top], color, share)


def wonders(stage: Stage) -> None:
    """Aurora, rainbow and planets, where asked for."""
    if "aurora" in stage.scene.sky:
        _aurora(stage)
    if "rainbow" in stage.scene.sky:
        _rainbow(stage)
    if "planet" in stage.scene.sky:
        _planet(stage)


def _aurora(stage: Stage) -> None:
    pen = stage.pen
    x = np.arange(pen.width, dtype=np.float32)
    rows = np.arange(pen.height, dtype=np.float32)[:, None]
    for index, color in enumerate((rgb("3dffa8"), rgb("37d6c8"), rgb("a45cff"))):
        rng = stage.dice.of("aurora", index)
        wave = smooth(rng, 2, pen.width, 2, pen.unit / 3)[0]
        base = stage.horizon * (0.55 + 0.1 * index + 0.2 * wave)
        rays = 0.65 + 0.35 * smooth(rng, 2, pen.width, 2, pen.unit / 60)[0]
        up = (base[None, :] - rows) / np.float32(stage.horizon * 0.45)
        curtain = np.where(up > 0, np.exp(-np.abs(up) * 2.2), np.exp(-np.abs(up) * 26)) * rays[None, : len(x)]
        pen.medium.shine(pen, (curtain * 0.62).astype(np.float32), color)


def _rainbow(stage: Stage) -> None:
    pen = stage.pen
    for index, color in enumerate(("e5484d", "f59e3f", "f7d94c", "5bbf6a", "4aa3df", "6d5bd0")):
        radius = stage.unit * (0.62 - 0.014 * index)
        angle = np.linspace(0.12, 3.02, 40)
        path = np.column_stack([stage.focus + radius * np.cos(angle), stage.horizon - radius * np.sin(angle)])
        pen.fill(stroke(path, stage.unit * 0.016), rgb(color), cover=0.38)


def _planet(stage: Stage) -> None:
    pen, palette = stage.pen, stage.palette
    rng = stage.dice.of("planet")
    radius = stage.unit * 0.2 * stage.boost
    x, y = stage.focus, stage.pen.height * (0.36 + float(rng.uniform(-0.05, 0.05)))
    body = mix(palette.accent, rgb("e9c48a"), 0.4)
    pen.glow(x, y, radius * 2.6, body, 0.5)
    ring = _ring(x, y, radius)
    pen.fill(ring[0], mix(body, rgb("ffffff"), 0.45), cover=0.6)
    globe = oval(x, y, radius, corners=90)
    mask = pen.mask([globe])
    if mask is not None:
        height, width = mask.cover.shape
        bands = 0.16 * smooth(rng, height, width, radius / 7, radius * 1.6)
        dx = (np.arange(width, dtype=np.float32) + mask.x - x) / radius
        dy = (np.arange(height, dtype=np.float32) + mask.y - y) / radius
        night = np.clip(dx[None, :] * 0.75 + dy[:, None] * 0.6, -0.4, 1) * np.float32(-0.75)
        pen.medium.lay(pen, mask, Paint(mix(body, rgb("ffffff"), 0.15), body, shade=bands + night))
    pen.fill(ring[1], mix(body, rgb("ffffff"), 0.55), cover=0.85)
    small = stage.unit * 0.035
    pen.fill(oval(stage.counter, y + radius * 0.9, small), palette.light, mix(palette.haze, palette.dark, 0.4))


def _ring(x: float, y: float, radius: float) -> tuple[Outline, Outline]:
    """The ring's far half and near half."""
    halves = []
    for start, stop in ((np.pi, 2 * np.pi), (0, np.pi)):
        angle = np.linspace(start, stop, 60)
        path = np.column_stack([radius * 1.85 * np.cos(angle), radius * 0.42 * np.sin(angle)])
        tilt = np.array([[np.cos(-0.3), -np.sin(-0.3)], [np.sin(-0.3), np.cos(-0.3)]])
        halves.append(stroke(path @ tilt.T + [x, y], radius * 0.05, belly=radius * 0.14))
    return halves[0], halves[1]
