"""Files that were made or mutated to break a decoder: each is a picture, or a clear refusal."""

import io
import random
import struct
import zlib
from collections.abc import Iterator

import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from auth.adapters.avatars import Avatars
from common.errors import AppError

pytestmark = pytest.mark.filterwarnings(  # as in production, where they are only said
    "ignore::UserWarning", "ignore::PIL.Image.DecompressionBombWarning"
)

SEED, EACH = 20251122, 60
SOURCE = Image.linear_gradient("L").resize((24, 24)).convert("RGB")


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def saved(kind: str, image: Image.Image = SOURCE, **given: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **given)
    return file.getvalue()


def camera() -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif[ExifTags.Base.Make] = "camera"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = b"ASCII\0\0\0" + b'{"AIGC":{"Label":"1"}}'
    exif.get_ifd(ExifTags.IFD.GPSInfo)[1] = "N"
    return exif


def texts() -> PngInfo:
    info = PngInfo()
    info.add_text("AIGC", "{}", zip=True)
    info.add_itxt("XML:com.adobe.xmp", "<TC260:AIGC>", zip=True)
    return info


PNG = saved("PNG")
EXIF = camera().tobytes()
BEHIND = PNG[:-12]  # all but the end
CRAFTED = {
    "an empty profile behind the pixels": BEHIND + chunk(b"iCCP", b"") + PNG[-12:],
    "a profile without an end": BEHIND + chunk(b"iCCP", b"name") + PNG[-12:],
    "an empty text behind the pixels": BEHIND + chunk(b"iTXt", b"") + PNG[-12:],
    "an empty gamma": PNG[:33] + chunk(b"gAMA", b"") + PNG[33:],
    "an empty physical size": BEHIND + chunk(b"pHYs", b"") + PNG[-12:],
    "an empty transparency": PNG[:33] + chunk(b"tRNS", b"") + PNG[33:],
    "EXIF of nothing": PNG[:33] + chunk(b"eXIf", b"") + PNG[33:],
    "EXIF of zeros": PNG[:33] + chunk(b"eXIf", bytes(64)) + PNG[33:],
    "EXIF cut off": PNG[:33] + chunk(b"eXIf", EXIF[6:20]) + PNG[33:],
    "EXIF that points at itself": PNG[:33]
    + chunk(b"eXIf", b"II*\0\x08\0\0\0\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0")
    + PNG[33:],
    "no width": PNG[:16] + bytes(4) + PNG[20:],
    "an animation of no frames": PNG[:33] + chunk(b"acTL", bytes(8)) + PNG[33:],
    "a broken animation": PNG[:33] + chunk(b"acTL", b"\0\0\0\2\0\0\0\0") + chunk(b"fcTL", b"\0") + PNG[33:],
    "several pictures, none there": saved("JPEG")[:2] + b"\xff\xe2\x00\x08MPF\0II" + saved("JPEG")[2:],
}
SOUND = {
    "png": saved("PNG", pnginfo=texts(), exif=EXIF),
    "png of a palette": saved("PNG", SOURCE.convert("P"), transparency=0),
    "png of 16 bits": saved("PNG", SOURCE.convert("I;16")),
    "jpeg": saved("JPEG", exif=EXIF, comment=b"x", xmp=b"<TC260:AIGC>{}</TC260:AIGC>"),
    "jpeg of exif": saved("JPEG", Image.new("RGB", (8, 8)), exif=EXIF),
    "jpeg in steps": saved("JPEG", progressive=True),
    "jpeg in cmyk": saved("JPEG", SOURCE.convert("CMYK")),
}


async def outcome(avatars: Avatars, data: bytes) -> int:
    """The answer's status; any error but a refusal fails the test."""
    try:
        rendered = await avatars.render(data)
    except AppError as refused:
        return refused.status
    with Image.open(io.BytesIO(rendered)) as picture:
        assert (picture.format, picture.size) == ("JPEG", (256, 256))
    return 200


@pytest.mark.parametrize("name", CRAFTED)
async def test_a_crafted_file_is_a_picture_or_a_clear_refusal(name: str) -> None:
    assert await outcome(Avatars(), CRAFTED[name]) in (200, 415, 422)


def mutated(data: bytes, chance: random.Random) -> bytes:
    """A few bytes set, cut out or doubled; in a PNG the checksums are right again, or nothing would be read."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 4)):
        at, length = chance.randrange(8, len(changed)), chance.randint(1, 8)
        part = chance.choice(
            (bytes(length), b"\xff" * length, chance.randbytes(length), b"", changed[at : at + length] * 2)
        )
        changed[at : at + length] = part
    return b"".join(checked(bytes(changed))) if changed[:8] == PNG[:8] else bytes(changed)


def checked(data: bytes) -> Iterator[bytes]:
    yield data[:8]
    at = 8
    while at + 12 <= len(data):
        size = min(int.from_bytes(data[at : at + 4], "big"), len(data) - at - 12)
        yield chunk(data[at + 4 : at + 8], data[at + 8 : at + 8 + size])
        at += 12 + size


@pytest.mark.parametrize("name", SOUND)
async def test_a_mutated_file_is_a_picture_or_a_clear_refusal(name: str) -> None:
    chance, avatars = random.Random(f"{SEED} {name}"), Avatars()
    seen = [await outcome(avatars, mutated(SOUND[name], chance)) for _ in range(EACH)]
    assert set(seen) <= {200, 415, 422}
    assert 422 in seen or 415 in seen
