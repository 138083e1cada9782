"""Picture files from outside, decoded only as far as they are harmless."""

import io
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from traceback import clear_frames

from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

FORMATS = ("PNG", "WEBP", "JPEG")
MOST_BYTES = 64 * 1024 * 1024
LONGEST = 4096  # pixels of a side
MOST_SCANS = 100  # of a progressive JPEG: each draws the whole picture anew

_SCAN = b"\xff\xda"  # the marker before each; coded data never contains it
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_DAMAGE = (
    OSError,
    EOFError,
    ValueError,
    SyntaxError,
    TypeError,
    IndexError,
    KeyError,
    OverflowError,
    NotImplementedError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow raises on damaged files."""


class BadPicture(Exception):
    """The bytes are no picture that this platform keeps.

    `fault` is one of unreadable, too_large, animated, wrong_size, bad_label; the message says more, for the log.
    """

    def __init__(self, fault: str, said: str) -> None:
        super().__init__(said)
        self.fault = fault


class UnknownFormat(BadPicture):
    """None of the formats asked for, by content."""


@contextmanager
def opened(data: bytes, formats: tuple[str, ...] = FORMATS) -> Iterator[Image.Image]:
    """The file with its header read; whatever Pillow raises in the block, of a file that is broken, is `BadPicture`.

    Bytes and scans are judged here, sides are not.

    Raises:
        BadPicture: too much of something, or damaged; `UnknownFormat`, a kind of it.
    """
    if len(data) > MOST_BYTES:
        raise BadPicture("too_large", f"{len(data)} bytes")
    try:
        with Image.open(io.BytesIO(data), formats=formats) as file:
            if file.format not in ("PNG", "WEBP") and data.count(_SCAN) > MOST_SCANS:
                raise BadPicture("too_large", "too many scans")
            try:
                yield file
            finally:
                file.close()  # its pixels, too: whoever holds the error, and its frames, holds none of them
    except _BOMBS as error:
        raise BadPicture("too_large", str(error)) from error
    except UnidentifiedImageError as error:
        raise UnknownFormat("unreadable", repr(error)) from error
    except _DAMAGE as error:
        clear_frames(error.__traceback__)
        raise BadPicture("unreadable", repr(error)) from error


def read(data: bytes, size: tuple[int, int] | None = None) -> Image.Image:
    """The file's one picture as people see it, RGB of 8 bits in sRGB, and without all else that the file holds.

    Turned as its EXIF says, transparent parts on white. Format, bytes, sides, frames and `size` (width and height that
    it must have) are judged by the header, before memory is taken for pixels.

    Raises:
        BadPicture: see there; nothing else, whatever the bytes.
    """
    with opened(data) as file:
        _judge(file, size)
        image = flat(ImageOps.exif_transpose(file))
    if size not in (None, image.size):
        raise BadPicture("wrong_size", f"{image.width} x {image.height} pixels after turning")
    return image


def _judge(file: Image.Image, size: tuple[int, int] | None) -> None:
    """Refuse by what the header says."""
    said = f"{file.width} x {file.height} pixels"
    if max(file.size) > LONGEST or min(file.size) < 1:
        raise BadPicture("too_large", said)
    if size is not None and sorted(size) != sorted(file.size):
        raise BadPicture("wrong_size", said)
    if getattr(file, "n_frames", 1) > 1:
        raise BadPicture("animated", "more than one frame")


def flat(image: Image.Image) -> Image.Image:
    """RGB of 8 bits in sRGB, transparent parts on white, without all that the image remembers of its file."""
    profile = image.info.get("icc_profile")
    if image.mode.startswith("I"):  # 16 bits of grey
        image = image.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(white, image).convert("RGB")
    if profile:
        image = _in_srgb(image, profile)
    fresh = Image.new("RGB", image.size)
    fresh.paste(image.convert("RGB"))
    return fresh


def _in_srgb(image: Image.Image, profile: bytes) -> Image.Image:
    """With the colours that the profile means; as it is where the profile is of no use."""
    try:
        meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        turned = ImageCms.profileToProfile(image, meant, ImageCms.createProfile("sRGB"), outputMode="RGB")
    except (ImageCms.PyCMSError, *_DAMAGE):
        return image
    return image if turned is None else turned
