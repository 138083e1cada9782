"""The styles: how each one lays down paint and ends a picture."""

from generation.sketch.media.flat import Flat
from generation.sketch.media.ink import Ink
from generation.sketch.media.mosaic import LowPoly, Points
from generation.sketch.media.neon import Neon
from generation.sketch.media.oil import Oil
from generation.sketch.media.watercolor import Watercolor
from generation.sketch.media.woodblock import Woodblock
from generation.sketch.pen import Medium

MEDIA: dict[str, type[Medium]] = {
    "sketch-watercolor": Watercolor,
    "sketch-ink": Ink,
    "sketch-flat": Flat,
    "sketch-woodblock": Woodblock,
    "sketch-oil": Oil,
    "sketch-neon": Neon,
    "sketch-lowpoly": LowPoly,
    "sketch-points": Points,
}

__all__ = ["MEDIA"]
