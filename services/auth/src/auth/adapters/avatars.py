"""Avatars: whatever comes in, a fresh 256x256 JPEG goes out."""

import asyncio
import io
import os

from PIL import Image, ImageOps, UnidentifiedImageError

from common.errors import Invalid, UnsupportedMedia

SIDE = 256  # pixels
MOST_PIXELS = 25_000_000
MOST_SCANS = (
    100  # of a progressive JPEG: each draws the whole picture anew, and 2 MB hold 40,000 (a quarter of an hour)
)
_SCAN = b"\xff\xda"  # the marker before each; coded data never contains it
FORMATS = ("JPEG", "PNG")
_BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
_BROKEN = (OSError, ValueError, SyntaxError, EOFError)  # what Pillow raises on damaged files


class Avatars:
    """Re-encodes pictures off the event loop, few at a time: one of 25 megapixels takes 300 MB."""

    def __init__(self, at_once: int | None = None) -> None:
        self._slots = asyncio.Semaphore(at_once or max(1, (os.cpu_count() or 2) // 2))

    async def render(self, data: bytes) -> bytes:
        """The picture's middle square as a JPEG, without metadata or anything hidden behind it.

        Raises:
            UnsupportedMedia: neither JPEG nor PNG by content.
            Invalid: too many pixels or scans, or damaged.
        """
        async with self._slots:
            return await asyncio.to_thread(_render, data)


def _render(data: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise _refused("图片像素过多，最多2500万像素")
            if picture.format != "PNG" and data.count(_SCAN) > MOST_SCANS:
                raise _refused("图片结构过于复杂，无法处理")
            return _encoded(picture)
    except UnidentifiedImageError as error:
        raise UnsupportedMedia("头像只支持jpg或png格式的图片") from error
    except _BOMBS as error:
        raise _refused("图片像素过多，最多2500万像素") from error
    except _BROKEN as error:
        raise _refused("图片已损坏，无法读取") from error


def _encoded(picture: Image.Image) -> bytes:
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a reduced size
    ImageOps.exif_transpose(picture, in_place=True)
    square = ImageOps.fit(picture.convert("RGBA"), (SIDE, SIDE), Image.Resampling.LANCZOS)
    fresh = Image.new("RGB", (SIDE, SIDE), "white")
    fresh.paste(square, mask=square)
    encoded = io.BytesIO()
    fresh.save(encoded, "JPEG", quality=88, optimize=True)
    return encoded.getvalue()


def _refused(message: str) -> Invalid:
    return Invalid(message, details=[{"field": "avatar", "message": message}])
