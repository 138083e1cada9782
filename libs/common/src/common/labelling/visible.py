"""The visible label “AI生成” at the bottom right, and the platform's name at the bottom left."""

from math import ceil

from PIL import Image, ImageDraw, ImageFont

from common.labelling.glyphs import PEN, TEXT

LAWFUL = 0.05
"""Least height of the characters in parts of the shortest side (GB 45438-2025)."""
PART = 0.062
LEAST = 16
"""Height in pixels below which strokes run together."""
NAME = "Creation Engine"

_FINE = 4  # drawn that much larger, then reduced
_WHITE, _PLATE, _NAME, _SHADE = (255, 255, 255, 255), (0, 0, 0, 160), (255, 255, 255, 150), (0, 0, 0, 110)


def mark(image: Image.Image) -> Image.Image:
    """The RGB picture with label and name drawn into it; the one given stays as it is.

    Raises:
        RuntimeError: the drawn characters are lower than the standard wants.
    """
    height = _height(image)
    sheet = Image.new("RGBA", image.size)
    _draw_label(sheet, height)
    _draw_name(sheet, height)
    return Image.alpha_composite(image.convert("RGBA"), sheet).convert("RGB")


def mark_round(image: Image.Image) -> Image.Image:
    """The RGB picture with the label alone, in the middle of its lower edge: shown round, a picture has no corners.

    Raises:
        RuntimeError: as `mark` does.
    """
    sheet = Image.new("RGBA", image.size)
    _draw_label(sheet, _height(image), centred=True)
    return Image.alpha_composite(image.convert("RGBA"), sheet).convert("RGB")


def _height(image: Image.Image) -> int:
    return max(LEAST, ceil(PART * min(image.size)))


def _draw_label(sheet: Image.Image, height: int, *, centred: bool = False) -> None:
    """White on a translucent dark plate, legible on any picture; at the right, or in the middle."""
    text, pad = _text(height), max(2, height // 3)
    ink = text.getbbox() or (0, 0, 0, 0)
    if ink[3] - ink[1] < LAWFUL * min(sheet.size):
        raise RuntimeError(f"the label's ink is {ink[3] - ink[1]} pixels high in {sheet.width} x {sheet.height}")
    right = (sheet.width + text.width) // 2 + pad if centred else sheet.width - pad
    bottom = sheet.height - pad
    left, top = right - text.width - 2 * pad, bottom - text.height - 2 * pad
    ImageDraw.Draw(sheet).rounded_rectangle((left, top, right, bottom), radius=pad, fill=_PLATE)
    sheet.paste(_WHITE, (left + pad, top + pad), text)


def _text(height: int) -> Image.Image:
    """The characters as a mask, `height` pixels from the top of their ink to its end."""
    scale = height * _FINE
    width = sum(glyph.width for glyph in TEXT)
    mask = Image.new("L", (ceil(width * height) * _FINE, scale))
    draw, start = ImageDraw.Draw(mask), 0.0
    for glyph in TEXT:
        for stroke in glyph.strokes:
            _draw_stroke(draw, [((start + x) * scale, y * scale) for x, y in stroke], PEN * scale)
        start += glyph.width
    return mask.reduce(_FINE)


def _draw_stroke(draw: ImageDraw.ImageDraw, points: list[tuple[float, float]], pen: float) -> None:
    """A line with round ends and joints."""
    draw.line(points, fill=255, width=round(pen))
    for x, y in points:
        draw.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=255)


def _draw_name(sheet: Image.Image, height: int) -> None:
    """Lighter and smaller than the label; left out where a picture has no room for both."""
    font, pad = ImageFont.load_default(height * 0.6), max(2, height // 3)
    draw = ImageDraw.Draw(sheet)
    if draw.textlength(NAME, font) > sheet.width / 2:
        return
    at = (2 * pad, sheet.height - 2 * pad)
    draw.text((at[0] + 1, at[1] + 1), NAME, fill=_SHADE, font=font, anchor="ls")
    draw.text(at, NAME, fill=_NAME, font=font, anchor="ls")
