"""Picture files: a PNG that says who painted it, and its thumbnail."""

import io

from PIL import Image
from PIL.PngImagePlugin import PngInfo

THUMBNAIL_SIDE = 384


def encode(image: Image.Image, notes: dict[str, str]) -> bytes:
    """The PNG file with `notes` as text chunks, readable by `Image.text`."""
    info = PngInfo()
    for keyword, text in notes.items():
        info.add_itxt(keyword, text)
    file = io.BytesIO()
    image.save(file, "PNG", pnginfo=info)
    return file.getvalue()


def thumbnail(image: Image.Image) -> bytes:
    """A WebP with the image's proportions that fits into a square of `THUMBNAIL_SIDE` pixels."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=82, method=4)
    return file.getvalue()
