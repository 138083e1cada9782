"""The four characters of the visible label as strokes: a machine without a Chinese font draws them as well."""

from dataclasses import dataclass

Stroke = tuple[tuple[float, float], ...]

PEN = 0.085
"""Width of a stroke, in heights of a character."""


@dataclass(frozen=True)
class Glyph:
    """Lines through points, (0, 0) at the top left and 1 high; `width` in heights, the gap to the next included."""

    width: float
    strokes: tuple[Stroke, ...]


_TOP, _BOTTOM = PEN / 2, 1 - PEN / 2

TEXT = (
    Glyph(
        0.82,
        (
            ((0.05, _BOTTOM), (0.36, _TOP), (0.67, _BOTTOM)),
            ((0.17, 0.64), (0.55, 0.64)),
        ),
    ),
    Glyph(
        0.44,
        (
            ((0.17, _TOP), (0.17, _BOTTOM)),
            ((0.05, _TOP), (0.29, _TOP)),
            ((0.05, _BOTTOM), (0.29, _BOTTOM)),
        ),
    ),
    Glyph(  # 生
        1.12,
        (
            ((0.27, 0.08), (0.20, 0.24), (0.07, 0.44)),
            ((0.22, 0.29), (0.90, 0.29)),
            ((0.52, _TOP), (0.52, _BOTTOM)),
            ((0.16, 0.61), (0.87, 0.61)),
            ((0.05, _BOTTOM), (0.96, _BOTTOM)),
        ),
    ),
    Glyph(  # 成
        1.0,
        (
            ((0.15, 0.26), (0.93, 0.26)),
            ((0.15, 0.26), (0.15, 0.55), (0.12, 0.76), (0.04, _BOTTOM)),
            ((0.16, 0.51), (0.42, 0.51), (0.41, 0.72), (0.38, 0.81), (0.28, 0.78)),
            ((0.55, _TOP), (0.57, 0.34), (0.64, 0.60), (0.76, 0.82), (0.89, _BOTTOM), (0.95, 0.74)),
            ((0.85, 0.44), (0.77, 0.62), (0.66, 0.77), (0.49, 0.92)),
            ((0.71, 0.06), (0.83, 0.16)),
        ),
    ),
)
"""AI生成"""
