"""What the media share: blending, blurring, grain, bending, and the way back to 8 bits."""

import numpy as np
from PIL import Image, ImageFilter

from generation.sketch.color import Color
from generation.sketch.noise import Field, Rng, smooth
from generation.sketch.palette import Palette
from generation.sketch.pen import Mask, Paint, Pen

LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def patch(pen: Pen, mask: Mask) -> Field:
    """The part of the picture under the mask, to be changed in place."""
    height, width = mask.cover.shape
    return pen.image[mask.y : mask.y + height, mask.x : mask.x + width]


def gradient(mask: Mask, paint: Paint) -> Field:
    """The paint's colour by row, and by pixel where it has a shade."""
    t = np.linspace(0, 1, mask.cover.shape[0], dtype=np.float32)[:, None, None]
    top, bottom = np.array(paint.top, np.float32), np.array(paint.bottom, np.float32)
    color = top + (bottom - top) * t
    return color if paint.shade is None else color * (1 + paint.shade[:, :, None])


def cover(mask: Mask, paint: Paint) -> Field:
    """Coverage with the paint's own cover and fade."""
    if not paint.fade:
        return mask.cover * np.float32(paint.cover)
    t = np.linspace(1, 1 - paint.fade, mask.cover.shape[0], dtype=np.float32)[:, None]
    return mask.cover * (t * np.float32(paint.cover))


def blend(target: Field, color: Field, share: Field) -> None:
    """Move `target` toward `color` in place."""
    target += (color - target) * share[:, :, None]


def blur(field: Field, radius: float) -> Field:
    """A box blur of a field from 0 to 1, in 8 bits: quick, and fine for soft things."""
    sheet = Image.fromarray((np.clip(field, 0, 1) * 255).astype(np.uint8))
    return np.asarray(sheet.filter(ImageFilter.BoxBlur(radius)), dtype=np.float32) / np.float32(255)


def bend(image: Field, rng: Rng, cell: float, reach: float) -> Field:
    """Shift every pixel by smooth noise, as an unsteady hand would."""
    height, width = image.shape[:2]
    dx = (smooth(rng, height, width, cell) * reach).astype(np.int32)
    dy = (smooth(rng, height, width, cell) * reach).astype(np.int32)
    rows = np.clip(np.arange(height, dtype=np.int32)[:, None] + dy, 0, height - 1)
    columns = np.clip(np.arange(width, dtype=np.int32)[None, :] + dx, 0, width - 1)
    moved = image.reshape(-1, 3)[(rows * width + columns).ravel()]
    return np.asarray(moved.reshape(image.shape), np.float32)


def grain(pen: Pen, strength: float) -> Field:
    """Fine noise around 0 to add to a picture, the same for each channel."""
    noise = pen.dice.of("grain", pen.detail).random((pen.height, pen.width), dtype=np.float32)
    return ((noise - np.float32(0.5)) * np.float32(strength))[:, :, None]


def picture(image: Field) -> Image.Image:
    """RGB with 8 bits a channel."""
    return Image.fromarray((np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8))


class Opaque:
    """Covering paint with plain light: the ground that several styles build on."""

    mirror = 0.75
    texture = 0.0

    def prepare(self, palette: Palette) -> Palette:
        """As given."""
        return palette

    def lay(self, pen: Pen, mask: Mask, paint: Paint) -> None:
        """Cover what is below, modelled a little by the picture's texture."""
        color = gradient(mask, paint)
        if self.texture and paint.land:
            height, width = mask.cover.shape
            grain_here = pen.texture[mask.y : mask.y + height, mask.x : mask.x + width]
            color = color * (1 + self.texture * grain_here[:, :, None])
        blend(patch(pen, mask), color, cover(mask, paint))

    def shine(self, pen: Pen, light: Field, color: Color) -> None:
        """Screen the light over the picture."""
        pen.image += (1 - pen.image) * (np.array(color, np.float32) * light[:, :, None])

    def finish(self, pen: Pen) -> Image.Image:
        """A breath of grain against banding."""
        return picture(pen.image + grain(pen, 0.02))
