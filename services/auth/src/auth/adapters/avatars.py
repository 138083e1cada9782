"""Avatars: whatever comes in, a fresh 256x256 JPEG goes out; that of a generated picture is labelled as one."""

import io
from collections.abc import Mapping
from functools import partial

from PIL import ExifTags, Image, ImageOps

from auth.adapters.hands import Hands
from common import metrics
from common.errors import Invalid, UnsupportedMedia
from common.labelling import BadPicture, UnknownFormat, flat, mark_round, opened, packet_to_carry

SIDE = 256  # pixels
MOST_PIXELS = 25_000_000
FORMATS = ("JPEG", "PNG")
WAITING = 16
"""Files that may wait, for each that is worked on: 2 MB each; one takes half a second at most."""

_BAND = 32  # rows of the reduced picture that are made at once
_TURNED = ExifTags.Base.Orientation
_SAID: Mapping[str, str] = {
    "unreadable": "图片已损坏，无法读取",
    "too_large": "图片过大或结构过于复杂，最多2500万像素",
    "bad_label": "图片中的AI生成标识无法读取，请上传未经改动的原图",
}


class Avatars:
    """Re-encodes pictures off the event loop, `at_once` at a time.

    One of 25 megapixels takes 130 MB as a PNG; as a JPEG, decoded smaller, 10 MB, and 210 MB if progressive CMYK.
    """

    def __init__(self, at_once: int = 1) -> None:
        self._hands = Hands("avatars", at_once, WAITING * at_once)

    async def render(self, data: bytes) -> bytes:
        """The picture's middle square as a JPEG, without anything hidden behind it and without metadata but the label.

        Raises:
            UnsupportedMedia: neither JPEG nor PNG by content.
            Invalid: too many pixels or scans, damaged, or with a label that cannot be read.
            Overloaded: too many wait.
        """
        try:
            return await self._hands.do(partial(_render, data))
        except BadPicture as error:
            metrics.BAD_PICTURES.labels(error.fault).inc()
            if isinstance(error, UnknownFormat):
                raise UnsupportedMedia("头像只支持jpg或png格式的图片") from error
            said = _SAID[error.fault]
            raise Invalid(said, details=[{"field": "avatar", "message": said}]) from error

    async def close(self) -> None:
        """Finish what is in work."""
        await self._hands.close()


@metrics.PICTURE_SECONDS.labels("avatar").time()
def _render(data: bytes) -> bytes:
    with opened(data, FORMATS) as picture:
        if not 0 < picture.width * picture.height <= MOST_PIXELS:
            raise BadPicture("too_large", f"{picture.width} x {picture.height} pixels")
        face = flat(_upright_square(picture)).resize((SIDE, SIDE), Image.Resampling.LANCZOS)
        return _file(face, packet_to_carry(picture))


def _upright_square(picture: Image.Image) -> Image.Image:
    """The middle, RGB, at least twice as large as needed; in bands, so that no second copy is in memory."""
    picture.draft("RGB", (2 * SIDE, 2 * SIDE))  # a JPEG is decoded at a reduced size
    side = min(picture.size)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    factor = max(1, side // (2 * SIDE))
    square = Image.new("RGB", (-(-side // factor),) * 2)
    for row in range(0, side, _BAND * factor):
        band = picture.crop((left, top + row, left + side, top + min(row + _BAND * factor, side)))
        band.info.pop("icc_profile", None)
        square.paste(flat(band).reduce(factor), (0, row // factor))
    if profile := picture.info.get("icc_profile"):
        square.info["icc_profile"] = profile  # for the few pixels that are left
    square.getexif()[_TURNED] = picture.getexif().get(_TURNED, 1)
    return ImageOps.exif_transpose(square)


def _file(face: Image.Image, packet: str | None) -> bytes:
    """The face as a JPEG; with the label that it came with, also where people see it."""
    encoded = io.BytesIO()
    if packet is None:
        face.save(encoded, "JPEG", quality=88, optimize=True)
    else:
        mark_round(face).save(encoded, "JPEG", quality=88, optimize=True, xmp=packet.encode())
    return encoded.getvalue()
