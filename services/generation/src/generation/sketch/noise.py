"""Repeatable randomness: named generators, smooth noise fields and ridge lines."""

import hashlib

import numpy as np
import numpy.typing as npt
from PIL import Image

Field = npt.NDArray[np.float32]
Rng = np.random.Generator


class Dice:
    """Generators by name, so that one element's choices never disturb another's."""

    def __init__(self, *key: object) -> None:
        self._key = "|".join(map(str, key))

    def of(self, *name: object) -> Rng:
        """A fresh generator: the same key and name always give the same numbers."""
        digest = hashlib.sha256("|".join([self._key, *map(str, name)]).encode()).digest()
        return np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "big")))


def smooth(rng: Rng, height: int, width: int, cell_y: float, cell_x: float | None = None) -> Field:
    """Noise from -1 to 1 whose bumps are about `cell_y` x `cell_x` pixels large."""
    cell_x = cell_x or cell_y
    rows, columns = int(height / max(cell_y, 1)) + 2, int(width / max(cell_x, 1)) + 2
    grid = Image.fromarray(rng.uniform(-1, 1, (rows, columns)).astype(np.float32))
    return np.asarray(grid.resize((width, height), Image.Resampling.BICUBIC), dtype=np.float32)


def fractal(rng: Rng, height: int, width: int, cell: float, octaves: int = 4) -> Field:
    """Several octaves of smooth noise, each half as large and half as strong; about -1 to 1."""
    total = np.zeros((height, width), np.float32)
    weight = 0.0
    for octave in range(octaves):
        share = 0.5**octave
        total += smooth(rng, height, width, cell * share) * np.float32(share)
        weight += share
    return total / np.float32(weight * 0.6)


def line(rng: Rng, width: int, cell: float, octaves: int = 5, rough: float = 0.5) -> Field:
    """One-dimensional fractal noise, about -1 to 1, `width` samples."""
    x = np.arange(width, dtype=np.float64)
    total, weight = np.zeros(width), 0.0
    for octave in range(octaves):
        size, share = max(2.0, cell * 0.5**octave), rough**octave
        knots = rng.uniform(-1, 1, int(width / size) + 3)
        place = x / size + rng.uniform(0, 1)
        at = place.astype(np.int64)
        part = place - at
        part = part * part * (3 - 2 * part)
        total += share * (knots[at] * (1 - part) + knots[at + 1] * part)
        weight += share
    return (total / (weight * 0.6)).astype(np.float32)


def peaks(rng: Rng, width: int, count: int, focus: float) -> Field:
    """A mountain profile from 0 to 1: one summit near `focus` (0 to 1 across), lesser ones around it."""
    x = np.linspace(0, 1, width)
    profile = np.zeros(width)
    for index in range(count):
        centre = focus if index == 0 else rng.uniform(-0.1, 1.1)
        high = 1.0 if index == 0 else rng.uniform(0.35, 0.75)
        left, right = rng.uniform(0.16, 0.4, 2) * (1.2 if index == 0 else 0.9)
        slope = np.where(x < centre, (centre - x) / left, (x - centre) / right)
        profile = np.maximum(profile, high * np.clip(1 - slope, 0, 1) ** 1.25)
    return profile.astype(np.float32)
