"""Outlines as arrays of (x, y) points; y points up in a subject's own coordinates."""

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Outline = npt.NDArray[np.float64]
Points = Sequence[tuple[float, float]] | Outline


def poly(points: Points) -> Outline:
    """Straight edges."""
    return np.asarray(points, dtype=np.float64)


def curve(points: Points, *, closed: bool = False, per: int = 8) -> Outline:
    """A Catmull-Rom spline through the points."""
    knots = np.asarray(points, dtype=np.float64)
    padded = np.vstack([knots[-1:], knots, knots[:2]]) if closed else np.vstack([knots[:1], knots, knots[-1:]])
    t = np.linspace(0, 1, per, endpoint=False)[:, None]
    parts = []
    for i in range(len(padded) - 3):
        a, b, c, d = padded[i : i + 4]
        parts.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.vstack(parts) if closed else np.vstack([*parts, knots[-1:]])


def blob(points: Points) -> Outline:
    """A closed smooth outline."""
    return curve(points, closed=True)


def oval(x: float, y: float, rx: float, ry: float | None = None, turn: float = 0.0, *, corners: int = 36) -> Outline:
    """An ellipse, turned by `turn` radians."""
    angle = np.linspace(0, 2 * math.pi, corners, endpoint=False)
    across, along = rx * np.cos(angle), (rx if ry is None else ry) * np.sin(angle)
    cos, sin = math.cos(turn), math.sin(turn)
    return np.column_stack([x + across * cos - along * sin, y + across * sin + along * cos])


def stroke(points: Points, start: float, end: float | None = None, *, belly: float = 0.0) -> Outline:
    """A brush line through the points: width `start` to `end`, swollen by `belly` in the middle."""
    path = curve(points) if len(points) > 2 else np.asarray(points, dtype=np.float64)
    step = np.gradient(path, axis=0)
    normal = np.column_stack([-step[:, 1], step[:, 0]])
    normal /= np.maximum(np.hypot(normal[:, 0], normal[:, 1]), 1e-9)[:, None]
    t = np.linspace(0, 1, len(path))
    width = start + ((start if end is None else end) - start) * t + belly * np.sin(math.pi * t)
    side = normal * width[:, None] / 2
    return np.vstack([path + side, (path - side)[::-1]])


def rect(x: float, y: float, width: float, height: float) -> Outline:
    """A box by its lower left corner."""
    return poly([(x, y), (x + width, y), (x + width, y + height), (x, y + height)])


def shift(outline: Outline, x: float, y: float) -> Outline:
    """The same outline moved."""
    return np.add(outline, (x, y))


def mirror(outline: Outline) -> Outline:
    """The same outline on the other side of x = 0."""
    return np.multiply(outline, (-1.0, 1.0))


def both(outline: Outline) -> list[Outline]:
    """The outline and its mirror image."""
    return [outline, mirror(outline)]
