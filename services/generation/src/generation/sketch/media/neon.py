"""Neon night: dark bodies with luminous rims, bloom, and a wet, grainy screen."""

import numpy as np
from PIL import Image, ImageFilter

from generation.sketch.color import Color, adjust, lightness, mix, rgb
from generation.sketch.media.base import blend, blur, cover, gradient, grain, patch, picture
from generation.sketch.noise import Field
from generation.sketch.palette import Palette, each
from generation.sketch.pen import Mask, Paint, Pen

TUBES = tuple(map(rgb, ("ff2fa8", "22e0ff", "9b5cff", "ff8a3c", "3dffb0")))


def _vivid(color: Color) -> Color:
    """The colour as a gas would burn it: full and light."""
    return adjust(color, chroma=1.9, light=max(0.0, 0.68 - lightness(color)))


class Neon:
    """Bodies sink into the dark, edges burn; land burns dimmer than things."""

    mirror = 0.85

    def prepare(self, palette: Palette) -> Palette:
        """Night over everything, with the scene's own hues in the low sky and the accents."""
        night = each(palette, lambda c: mix(adjust(c, chroma=1.25, light=-0.3), rgb("0d0824"), 0.35))
        warm = lightness(palette.sky_low) > 0.5
        return Palette(
            **{
                **vars(night),
                "sky_top": rgb("07051a"),
                "sky_mid": mix(rgb("24104f"), night.sky_mid, 0.35),
                "sky_low": mix(rgb("a8247f") if warm else rgb("3a2390"), adjust(palette.sky_low, light=-0.2), 0.35),
                "haze": mix(rgb("4a1f86"), night.haze, 0.4),
                "light": mix(palette.light, rgb("ffe9f7"), 0.4),
                "accent": _vivid(palette.accent),
                "foliage": mix(night.foliage, rgb("0f5a5f"), 0.35),
                "dark": rgb("05040f"),
            }
        )

    def lay(self, pen: Pen, mask: Mask, paint: Paint) -> None:
        """A body with a rim of light in its own hue."""
        height, width = mask.cover.shape
        color = gradient(mask, paint)
        view = patch(pen, mask)
        share = cover(mask, paint)
        small = height * width < (pen.unit / 6.5) ** 2 or float(mask.cover.mean()) < 0.15
        lamp = small and max(paint.top) > 0.62
        blend(view, color if lamp else color * np.array([0.56, 0.48, 0.7], np.float32), share)
        if min(height, width) < pen.unit / 120 or paint.cover < 0.5:
            return
        soft = blur(mask.cover, max(1.0, pen.unit / 420))
        rim = np.clip(4 * soft * (1 - soft), 0, 1) * np.float32(0.42 if paint.land else 0.8)
        hue = TUBES[(mask.y * 7 + mask.x * 3 + width) % len(TUBES)] if not paint.land else TUBES[mask.y % 3]
        tube = np.array(mix(_vivid(paint.top), hue, 0.6), np.float32)
        view += (1 - view) * tube * rim[:, :, None]

    def shine(self, pen: Pen, light: Field, color: Color) -> None:
        """Strong additive light."""
        pen.image += np.array(_vivid(color), np.float32) * (light * np.float32(0.75))[:, :, None]

    def finish(self, pen: Pen) -> Image.Image:
        """Bloom at two widths, faint scan lines, a vignette, grain."""
        image = np.clip(pen.image, 0, 1)
        hot = picture(np.clip(image - 0.32, 0, 1) * 1.35)
        quarter = hot.reduce(4)
        for radius, strength in ((pen.unit / 500, 0.5), (pen.unit / 110, 0.75)):
            wide = quarter.filter(ImageFilter.GaussianBlur(radius)).resize(hot.size, Image.Resampling.BILINEAR)
            bloom = np.asarray(wide, np.float32) * np.float32(strength / 255)
            image = np.asarray(image + (1 - np.clip(image, 0, 1)) * bloom, np.float32)
        x = np.linspace(-1, 1, pen.width, dtype=np.float32)[None, :] ** 2
        y = np.linspace(-1, 1, pen.height, dtype=np.float32)[:, None] ** 2
        image *= (1 - 0.24 * (x + y) * 0.8)[:, :, None]
        pitch = max(2, round(pen.unit / 256))
        image[::pitch] *= 0.94
        return picture(image + grain(pen, 0.045))
