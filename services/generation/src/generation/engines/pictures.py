"""Picture files: a PNG that says who painted it, and its thumbnail. Both bear the implicit label."""

from PIL import Image

from common import labelling
from common.labelling import Label

THUMBNAIL_SIDE = 384


def encode(image: Image.Image, notes: dict[str, str], label: Label) -> bytes:
    """The PNG file with the label, and `notes` as text chunks, readable by `Image.text`."""
    return labelling.encode(image, "PNG", label, notes)


def repacked(png: bytes, image: Image.Image, notes: dict[str, str], label: Label) -> bytes:
    """As `encode`, for the `image` that was read from the file `png`: its pixels stay compressed as they are."""
    return labelling.repacked(png, label, notes) or encode(image, notes, label)


def thumbnail(image: Image.Image, label: Label) -> bytes:
    """A WebP with the image's proportions that fits a square of `THUMBNAIL_SIDE` pixels; `label` is the image's."""
    small = image.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    return labelling.encode(small, "WEBP", label.derived("thumb"))
