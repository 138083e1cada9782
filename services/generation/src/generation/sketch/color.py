"""Colours as RGB triples from 0 to 1, mixed and turned in OKLab so that steps look even."""

import math

Color = tuple[float, float, float]


def rgb(text: str) -> Color:
    """A colour from six hexadecimal digits."""
    red, green, blue = (int(text[i : i + 2], 16) / 255 for i in (0, 2, 4))
    return red, green, blue


def _to_linear(v: float) -> float:
    return v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4


def _from_linear(v: float) -> float:
    v = min(1.0, max(0.0, v))
    return v * 12.92 if v <= 0.0031308 else 1.055 * v ** (1 / 2.4) - 0.055


def to_lab(color: Color) -> Color:
    """OKLab: lightness from 0 to 1, then the green-red and blue-yellow axes."""
    r, g, b = (_to_linear(v) for v in color)
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    middle = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * middle - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * middle + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * middle - 0.8086757660 * short,
    )


def from_lab(lab: Color) -> Color:
    """The nearest RGB colour, clipped to what a screen can show."""
    light, a, b = lab
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        _from_linear(4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short),
        _from_linear(-1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short),
        _from_linear(-0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short),
    )


def mix(one: Color, other: Color, share: float) -> Color:
    """`one` with `share` (0 to 1) of `other` in it."""
    a, b = to_lab(one), to_lab(other)
    light, x, y = (p + (q - p) * share for p, q in zip(a, b, strict=True))
    return from_lab((light, x, y))


def adjust(color: Color, *, light: float = 0.0, chroma: float = 1.0, turn: float = 0.0) -> Color:
    """Add to lightness, multiply chroma, turn the hue by `turn` degrees."""
    value, a, b = to_lab(color)
    hue, strength = math.atan2(b, a) + math.radians(turn), math.hypot(a, b) * chroma
    return from_lab((min(1.0, max(0.0, value + light)), strength * math.cos(hue), strength * math.sin(hue)))


def tint(color: Color, toward: Color, share: float) -> Color:
    """Pull the hue toward another colour and keep most of the lightness."""
    value, target = to_lab(color), to_lab(toward)
    light = value[0] + (target[0] - value[0]) * share * 0.3
    a, b = (p + (q - p) * share for p, q in zip(value[1:], target[1:], strict=True))
    return from_lab((light, a, b))


def lightness(color: Color) -> float:
    """Perceived lightness from 0 (black) to 1 (white)."""
    return to_lab(color)[0]
