"""Solid ground from the farthest range to the grass at the painter's feet."""

import numpy as np

from generation.sketch.color import adjust, mix, rgb
from generation.sketch.noise import Field, line, peaks, smooth
from generation.sketch.pen import Mask, Paint
from generation.sketch.shapes import Outline, oval, stroke
from generation.sketch.stage import Stage


def ranges(stage: Stage) -> None:
    """Mountain ranges one before the other; low hills where no mountains are asked for."""
    if any(stage.has(s) for s in ("space", "underwater", "desert")) or (
        stage.has("city") and not stage.has("mountains")
    ):
        return
    tall = stage.has("mountains")
    count = 5 if tall else 2
    focus = stage.focus / stage.pen.width
    for index in range(count):
        near = index / max(1, count - 1)
        reach = (0.62 - 0.42 * near) if tall else (0.13 - 0.05 * near)
        if "epic" in stage.scene.moods:
            reach *= 1.2
        _range(stage, index, near, reach=reach, focus=focus if index % 2 == 0 else 1.05 - focus, tall=tall)


def _range(stage: Stage, index: int, near: float, *, reach: float, focus: float, tall: bool) -> None:
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("range", index)
    profile = peaks(rng, pen.width, 6 - index if index < 4 else 3, focus)
    rough = line(rng, pen.width, stage.unit / 5, 7, 0.52)
    height = stage.horizon * reach
    rise = height * (0.16 + 0.84 * profile + 0.13 * rough)
    edge = np.asarray(stage.horizon + stage.unit * 0.02 - rise, np.float32)
    color = palette.far(palette.land, 1 - near * 0.8 - (0.12 if tall else 0))
    foot = palette.far(mix(palette.land, palette.haze, 0.5), 1 - near * 0.5)
    first = max(0, int(np.floor(edge.min())) - 1)
    shade = _slopes(stage, index, edge, first, 0.34 if tall else 0.12)
    pen.below(edge.astype(np.float32), Paint(color, foot, land=True, shade=shade))
    snow_line = tall and index < 3 and (stage.snowy or index == 0)
    if snow_line and (stage.snowy or stage.scene.season != "summer"):
        _caps(stage, index, edge, height, shade)


def _slopes(stage: Stage, index: int, edge: Field, first: int, strength: float) -> Field:
    """Light and shadow sides: the slope of the crest, carried down along wavering ribs."""
    pen, rng = stage.pen, stage.dice.of("slopes", index)
    rows = max(1, pen.height - first)
    span = max(3, int(stage.unit / 60))
    slope = np.gradient(np.convolve(np.pad(edge, span, mode="edge"), np.ones(2 * span + 1) / (2 * span + 1), "valid"))
    slope = np.tanh(slope * 1.6)
    wave = smooth(rng, rows, pen.width, stage.unit / 9) * (stage.unit / 16)
    wave += smooth(rng, rows, pen.width, stage.unit / 34) * (stage.unit / 42)
    depth = np.arange(rows, dtype=np.float32)[:, None] + first - edge[None, :]
    column = np.arange(pen.width)[None, :] + wave * np.clip(depth / (stage.unit * 0.1), 0, 1)
    side = slope[np.clip(column, 0, pen.width - 1).astype(np.int32)]
    fall = np.clip(1 - depth / (stage.unit * 0.42), 0, 1)
    lit = -1 if stage.counter < stage.focus else 1
    return np.asarray(side * lit * strength * fall, np.float32)


def _caps(stage: Stage, index: int, edge: Field, height: float, shade: Field) -> None:
    """Snow from the crest down to a ragged line, deeper on higher ground."""
    pen, rng = stage.pen, stage.dice.of("caps", index)
    first = max(0, int(np.floor(edge.min())) - 1)
    rows = np.arange(first, min(pen.height, int(stage.horizon) + 1), dtype=np.float32)[:, None]
    high = np.clip((stage.horizon - edge) / max(height, 1.0), 0, 1.3)
    deep = height * (0.55 if stage.snowy else 0.2) * np.clip(high - (0.2 if stage.snowy else 0.62), 0, 1) * 1.6
    ragged = line(rng, pen.width, stage.unit / 18, 5, 0.7) * height * 0.1 * np.clip(high, 0, 1)
    below = rows - edge[None, :]
    tongues = shade[: len(rows)] * (height * 0.5)
    cover = np.clip(below + 0.5, 0, 1) * np.clip((deep + ragged)[None, :] - below + tongues, 0, 1)
    white = stage.palette.far(mix(rgb("f7fafc"), stage.palette.sky_low, 0.3 if stage.time != "night" else 0.7), 0.25)
    mask_paint = Paint(white, white, cover=0.92)
    pen.medium.lay(pen, Mask(0, first, cover.astype(np.float32)), mask_paint)


def dunes(stage: Stage) -> None:
    """Desert: long crests, bright to windward and dark in the lee."""
    if not stage.has("desert"):
        return
    pen, palette = stage.pen, stage.palette
    sand = mix(rgb("e8b56c"), palette.sky_low, 0.3 if stage.time != "night" else 0.55)
    if stage.time == "night":
        sand = adjust(sand, light=-0.3)
    for index in range(5):
        near, rng = index / 4, stage.dice.of("dune", index)
        swell = line(rng, pen.width, stage.unit * (0.45 + 0.5 * near), 2, 0.3)
        edge = stage.horizon + stage.unit * (0.02 + 0.33 * near**1.3 - (0.05 + 0.06 * near) * swell)
        first = max(0, int(np.floor(edge.min())) - 1)
        shade = _slopes(stage, 10 + index, edge * 3, 0, 0.22)[first:] * 1.0
        ripple = smooth(rng, pen.height - first, pen.width, stage.unit / 170 * (1 + near), stage.unit / 8)
        color = palette.far(sand, 0.75 * (1 - near))
        paint = Paint(
            color, palette.far(adjust(sand, light=-0.1), 0.4 * (1 - near)), land=True, shade=shade + 0.025 * ripple
        )
        pen.below(edge.astype(np.float32), paint)


def _open_sea(stage: Stage) -> bool:
    return stage.has("sea") and not {"cat", "dog", "girl", "boy", "robot", "tree"} & set(stage.scene.subjects)


def ground(stage: Stage) -> None:
    """The near ground: meadow, snow or bank; a strip of shore where there is water."""
    if any(stage.has(s) for s in ("space", "underwater", "desert", "city")) or _open_sea(stage):
        return
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("ground")
    snow = mix(rgb("f4f8fb"), palette.sky_mid, 0.25 if stage.time != "night" else 0.6)
    color = snow if stage.snowy else palette.ground
    layers = ((0.9, 0.0),) if stage.wet else ((0.02, 0.6), (0.35, 0.3), (0.68, 0.0))
    for index, (down, away) in enumerate(layers):
        swell = line(rng, pen.width, stage.unit * 0.7, 3, 0.35) * stage.unit * 0.035
        if stage.wet:
            across = (np.arange(pen.width) - stage.focus) / pen.width
            swell = swell + stage.unit * np.float32(0.22) * np.abs(across) ** 1.2
        edge = (stage.horizon + (pen.height - stage.horizon) * down + swell).astype(np.float32)
        near = palette.far(mix(color, palette.foliage, 0.0 if stage.snowy else 0.3 * index), away)
        deep = adjust(near, light=-0.1 if stage.snowy else -0.16)
        first = max(0, int(np.floor(edge.min())) - 1)
        if first < pen.height:
            turf = smooth(rng, pen.height - first, pen.width, stage.unit / 60, stage.unit / 16)
            pen.below(edge, Paint(near, deep, land=True, shade=turf * np.float32(0.05)))


def meadow(stage: Stage) -> None:
    """Small wild flowers scattered over open land in the kind seasons."""
    if stage.settings != ("field",) or stage.time == "night" or stage.snowy or stage.scene.season == "autumn":
        return
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("meadow")
    for tone, hue in enumerate((palette.accent, rgb("fff3d6"), adjust(palette.accent, turn=70))):
        heads: list[Outline] = []
        for _ in range(pen.count(110)):
            t = float(rng.random()) ** 0.7
            y = stage.horizon + (pen.height - stage.horizon) * (0.08 + 0.92 * t)
            size = stage.unit * (0.0012 + 0.0042 * t) * float(rng.uniform(0.6, 1.3))
            heads.append(oval(float(rng.random()) * pen.width, y, size, size * 0.7, corners=10))
        pen.fill(heads, mix(hue, palette.haze, 0.1 + 0.06 * tone), cover=0.9)


def grass(stage: Stage) -> None:
    """Blades along the lower edge, reeds by the water; nothing on snow or paving."""
    if any(stage.has(s) for s in ("space", "underwater", "desert", "city", "sea")) or stage.scene.ground == "snow":
        return
    pen, palette, rng = stage.pen, stage.palette, stage.dice.of("grass")
    tall = 0.15 if stage.wet else 0.075
    for tone in range(3):
        blades: list[Outline] = []
        for _ in range(pen.count(55)):
            x = float(rng.random()) * pen.width
            middle = abs(x - stage.focus) / pen.width
            length = stage.unit * tall * float(rng.uniform(0.35, 1.0)) * (0.45 + middle)
            lean = float(rng.normal(0, 0.35)) * length
            foot = pen.height + stage.unit * 0.01
            points = [(x, foot), (x + lean * 0.3, foot - length * 0.6), (x + lean, foot - length)]
            blades.append(stroke(points, stage.unit * 0.007, stage.unit * 0.0008))
        color = adjust(mix(palette.foliage, palette.dark, 0.25 + 0.2 * tone), light=0.02)
        pen.fill(blades, color, mix(color, palette.dark, 0.35))
