"""What a task costs in credits, and about how long it takes."""

import math
from fractions import Fraction

STANDARD_PIXELS = 512 * 512
STANDARD_STEPS = 25
CREDITS_PER_PICTURE = Fraction(5, 2)
SDXL_FACTOR = Fraction(3, 2)


def price(model: str, width: int, height: int, batch_size: int, steps: int) -> int:
    """ceil(batch x 2.5 x (pixels / 512^2) x (steps / 25) x factor); exact, without floating point."""
    size = Fraction(width * height, STANDARD_PIXELS)
    return math.ceil(batch_size * CREDITS_PER_PICTURE * size * Fraction(steps, STANDARD_STEPS) * _factor(model))


def _factor(model: str) -> Fraction:
    name = model.lower()
    return SDXL_FACTOR if "sdxl" in name or "sd_xl" in name else Fraction(1)


def charge_for(cost: int, batch_size: int, delivered: int) -> int:
    """The share of `cost` that `delivered` of `batch_size` pictures bear, rounded up."""
    return math.ceil(Fraction(cost * delivered, batch_size))


def estimate(seconds_each: float, batch_size: int, tasks_ahead: int, painters: int) -> int:
    """Whole seconds until a task is done: its pictures one after another, behind tasks taken to be like it."""
    return max(1, math.ceil(seconds_each * batch_size * (1 + tasks_ahead / painters)))
