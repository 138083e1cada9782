"""The colours of a scene: hour of the day first, then season, weather, named colours and mood."""

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from functools import partial

from generation.sketch.color import Color, adjust, mix, rgb, tint
from generation.sketch.noise import Rng
from generation.sketch.scene import Scene


@dataclass(frozen=True)
class Palette:
    """Colours by role. Distance is shown by mixing toward `haze`."""

    sky_top: Color
    sky_mid: Color
    sky_low: Color
    haze: Color
    land: Color
    ground: Color
    foliage: Color
    water: Color
    light: Color
    accent: Color
    dark: Color

    def far(self, color: Color, distance: float) -> Color:
        """`color` seen through air: 0 is here, 1 is the horizon."""
        return mix(color, self.haze, min(1.0, distance) * 0.88)


_ROLES = [field.name for field in fields(Palette)]


def _hour(text: str) -> Palette:
    return Palette(**dict(zip(_ROLES, map(rgb, text.split()), strict=True)))


# sky_top sky_mid sky_low haze land ground foliage water light accent dark
HOURS = {
    "day": _hour("3d7cc9 86b9e3 dcedf2 cfe0ea 2f6a6b 7fa552 3f7f45 3f86ae fff6dc e2553f 22333f"),
    "dawn": _hour("7286bd d9a9b8 ffdcb8 f3cfc0 4f5a86 8b9468 5f7f5c 8c9cc0 fff0cf ef6f61 2f2c4a"),
    "sunset": _hour("43376e bf6272 fbb973 eb9c77 4b2748 5c3a3a 5a3d3c a45a68 ffe2a0 ff6b4a 21132e"),
    "night": _hour("0a1238 1f3566 48689a 34507f 14244a 16293c 1a3a3f 1b3866 fdf2cc e8654a 060a1a"),
}

SEASONS = {
    "spring": {"foliage": rgb("8dbb62"), "ground": rgb("a9c877"), "accent": rgb("f08fb0")},
    "summer": {"foliage": rgb("2f8548"), "ground": rgb("6fae4a"), "accent": rgb("f2545b")},
    "autumn": {"foliage": rgb("d5702a"), "ground": rgb("c89a4b"), "accent": rgb("c8322b"), "land": rgb("7d5a4a")},
    "winter": {"foliage": rgb("8fa3ad"), "ground": rgb("e6edf3"), "accent": rgb("d0423f"), "land": rgb("55708c")},
}

WEATHER = {"rain": (rgb("6f7f8f"), 0.5), "snow": (rgb("c3d0de"), 0.4), "fog": (rgb("d4dadb"), 0.45)}

COLOURS = {
    "red": rgb("d93a32"),
    "orange": rgb("f08a2c"),
    "gold": rgb("f6ae48"),
    "green": rgb("3fa35b"),
    "teal": rgb("2fa5a5"),
    "blue": rgb("2f66c8"),
    "purple": rgb("8449b8"),
    "pink": rgb("f08fb4"),
    "white": rgb("f6f4ee"),
    "black": rgb("23242b"),
    "grey": rgb("8d939b"),
}

MOODS = {
    "calm": (0.85, 0.02),
    "dreamy": (1.05, 0.03),
    "epic": (1.2, -0.03),
    "warm": (1.12, 0.02),
    "dark": (0.75, -0.09),
}
_MOOD_TINTS = {"dreamy": rgb("c58fe0"), "warm": rgb("f5b066"), "epic": rgb("e8803c")}
_SKY = ("sky_top", "sky_mid", "sky_low", "haze")


def each(palette: Palette, change: Callable[[Color], Color]) -> Palette:
    """The palette with every colour changed the same way."""
    return Palette(**{role: change(getattr(palette, role)) for role in _ROLES})


def choose(scene: Scene, time: str, rng: Rng, obedience: float, *, vigour: float = 1.0) -> Palette:
    """The palette for `scene` at `time`; `obedience` (0 to 1) is how firmly the words rule over chance.

    `vigour` multiplies the chroma.
    """
    base = HOURS[time]
    if scene.palette == "neon":
        base = _electric(base, time)
    palette = _season(base, scene, time, obedience)
    palette = _weather(palette, scene, time, obedience)
    palette = _named(palette, scene, obedience)
    for mood in scene.moods:
        chroma, light = MOODS[mood]
        palette = each(palette, partial(adjust, chroma=chroma, light=light))
        if mood in _MOOD_TINTS:
            palette = _tinted(palette, _MOOD_TINTS[mood], 0.28 * obedience)
    drift = float(rng.uniform(-1, 1)) * (7 + 45 * (1 - obedience))
    fresh = float(rng.uniform(0.92, 1.1))
    return each(palette, lambda c: adjust(c, turn=drift, chroma=fresh * vigour * (0.6 + 0.45 * obedience)))


def _electric(base: Palette, time: str) -> Palette:
    """The same hour over a city of signs."""
    glow = 0.8 if time == "night" else 0.35
    low, mid = rgb("b0408f"), rgb("43308a")
    sky = {"sky_mid": mix(base.sky_mid, mid, glow), "sky_low": mix(base.sky_low, low, glow)}
    return replace(base, **sky, haze=mix(base.haze, rgb("6a3f9c"), glow), accent=rgb("ff4fa3"))


def _tinted(palette: Palette, toward: Color, share: float) -> Palette:
    return replace(palette, **{role: tint(getattr(palette, role), toward, share) for role in _SKY})


def _season(palette: Palette, scene: Scene, time: str, obedience: float) -> Palette:
    """Seasonal colours, dimmed by the light of the hour."""
    season = "winter" if scene.ground == "snow" else scene.season
    if season not in SEASONS:
        return palette
    share = {"day": 0.9, "dawn": 0.75, "sunset": 0.5, "night": 0.42}[time] * obedience
    return replace(palette, **{k: mix(getattr(palette, k), v, share) for k, v in SEASONS[season].items()})


def _weather(palette: Palette, scene: Scene, time: str, obedience: float) -> Palette:
    if scene.weather not in WEATHER:
        return palette
    veil, share = WEATHER[scene.weather]
    if time == "night":
        veil = adjust(tint(veil, palette.sky_mid, 0.5), light=-0.38)
    elif time == "sunset":
        veil = tint(veil, palette.sky_low, 0.45)
    veiled = {role: mix(getattr(palette, role), veil, share * obedience) for role in (*_SKY, "water")}
    return replace(palette, **veiled)


def _named(palette: Palette, scene: Scene, obedience: float) -> Palette:
    if not scene.colours:
        return palette
    first = COLOURS[scene.colours[0]]
    share = (0.62 if scene.colours[0] not in ("white", "black", "grey") else 0.4) * obedience
    if scene.subjects:
        share *= 0.5  # the colour is more likely meant for the subject than for the air
    tinted = _tinted(palette, first, share)
    accent = COLOURS[scene.colours[min(1, len(scene.colours) - 1)]]
    return replace(
        tinted,
        land=tint(palette.land, first, share * 0.7),
        water=tint(palette.water, first, share * 0.8),
        foliage=tint(palette.foliage, first, share * 0.6),
        ground=tint(palette.ground, first, share * 0.5),
        accent=mix(palette.accent, accent, 0.85 * obedience),
    )
