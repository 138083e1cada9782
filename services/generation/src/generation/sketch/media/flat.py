"""Flat illustration: clean shapes, soft gradients, a printed grain."""

from PIL import Image

from generation.sketch.color import adjust
from generation.sketch.media.base import Opaque, grain, picture
from generation.sketch.palette import Palette, each
from generation.sketch.pen import Pen


class Flat(Opaque):
    """Bright, slightly simplified colours without modelling."""

    mirror = 0.5

    def prepare(self, palette: Palette) -> Palette:
        """Fresher colours."""
        return each(palette, lambda c: adjust(c, chroma=1.04, light=0.015))

    def finish(self, pen: Pen) -> Image.Image:
        """A riso-like grain that is stronger in the dark."""
        return picture(pen.image + grain(pen, 0.045))
