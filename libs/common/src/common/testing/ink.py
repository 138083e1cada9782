"""Measures the visible label in a public copy, by its pixels and those of the original. Needs Pillow."""

import io
from functools import reduce

from PIL import Image, ImageChops

Box = tuple[int, int, int, int]

_CHANGED, _LIGHT, _DARK = 40, 200, 150  # steps of 255; re-encoding changes a pixel by less than the first


def label_box(original: bytes, copy: bytes) -> Box:
    """Left, top, right and bottom (pixels) of the label's ink in the bottom right part of the copy.

    Ink is what became light, or is light on the plate that lies under the label; fails with an `AssertionError`
    where there is none.
    """
    before, after = _corner(original), _corner(copy)
    assert before.size == after.size
    light = _least(after).point(lambda value: 255 * (value >= _LIGHT))
    dark_before = _least(before).point(lambda value: 255 * (value <= _DARK))
    ink = ImageChops.lighter(ImageChops.multiply(light, dark_before), _on_plate(light, before, after))
    box = ink.getbbox()
    assert box is not None, "no label"
    with Image.open(io.BytesIO(copy)) as file:
        left, top = file.width - ink.width, file.height - ink.height
    return box[0] + left, box[1] + top, box[2] + left, box[3] + top


def _corner(data: bytes) -> Image.Image:
    with Image.open(io.BytesIO(data)) as file:
        return file.convert("RGB").crop((file.width // 2, file.height * 2 // 3, file.width, file.height))


def _least(image: Image.Image) -> Image.Image:
    """The least of each pixel's three values."""
    return reduce(ImageChops.darker, image.split())


def _on_plate(light: Image.Image, before: Image.Image, after: Image.Image) -> Image.Image:
    """What is light within the area that became another, but for its edge, which is not straight."""
    changed = reduce(ImageChops.lighter, ImageChops.difference(before, after).split())
    changed = changed.point(lambda value: 255 * (value >= _CHANGED))
    found = Image.new("L", light.size)
    rows = _long(changed.resize((1, changed.height), Image.Resampling.BOX))
    columns = _long(changed.resize((changed.width, 1), Image.Resampling.BOX))
    if rows and columns:
        edge = (rows[3] - rows[1]) // 10
        inner = (columns[0] + edge, rows[1] + edge, columns[2] - edge, rows[3] - edge)
        found.paste(light.crop(inner), inner[:2])
    return found


def _long(means: Image.Image) -> Box | None:
    """Where at least a twelfth of a row or column is another."""
    return means.point(lambda value: 255 * (value >= 255 // 12)).getbbox()
