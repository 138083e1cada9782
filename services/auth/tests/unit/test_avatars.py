"""Pictures: taken by content, re-encoded, bounded."""

import io
import struct
import zlib

import pytest
from PIL import Image

from auth.adapters.avatars import Avatars
from common.errors import Invalid, UnsupportedMedia


def encoded(kind: str, size: tuple[int, int] = (640, 480), mode: str = "RGB", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new(mode, size, "red" if mode == "RGB" else 0).save(file, kind, **options)
    return file.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    """A part of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_claiming(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


@pytest.mark.parametrize(
    "data", [encoded("PNG"), encoded("JPEG"), encoded("PNG", mode="RGBA"), encoded("PNG", mode="P")]
)
async def test_whatever_comes_in_a_square_jpeg_goes_out(data: bytes) -> None:
    with Image.open(io.BytesIO(await Avatars().render(data))) as picture:
        assert (picture.format, picture.size, picture.mode) == ("JPEG", (256, 256), "RGB")


async def test_metadata_and_trailing_bytes_do_not_survive() -> None:
    exif = Image.Exif()
    exif[0x010E] = "where I live"
    data = encoded("JPEG", exif=exif, comment=b"<?php evil ?>") + b"PK\x03\x04 hidden archive"
    rendered = await Avatars().render(data)
    assert all(secret not in rendered for secret in (b"where I live", b"<?php", b"hidden archive"))


@pytest.mark.parametrize("data", [b"", b"<svg/>", b"\xff\xd8\xff", encoded("GIF"), encoded("WEBP"), encoded("BMP")])
async def test_another_format_is_refused_whatever_its_name(data: bytes) -> None:
    with pytest.raises(UnsupportedMedia):
        await Avatars().render(data)


@pytest.mark.parametrize("data", [encoded("PNG")[:200], encoded("JPEG")[:400], png_claiming(100, 100)])
async def test_a_damaged_picture_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        await Avatars().render(data)


def of_many_scans(scans: int) -> bytes:
    """A progressive JPEG whose last scan is repeated: as small as one likes, as slow as one likes."""
    picture = encoded("JPEG", (5_000, 5_000), progressive=True)
    scan = picture[picture.rindex(b"\xff\xda") : -2]
    return picture[:-2] + scan * scans + b"\xff\xd9"


async def test_a_small_file_that_would_take_a_quarter_of_an_hour_is_refused() -> None:
    bomb = of_many_scans(40_000)
    assert len(bomb) <= 2 * 1024 * 1024
    with pytest.raises(Invalid, match="复杂"):
        await Avatars().render(bomb)
    assert await Avatars().render(of_many_scans(0))


@pytest.mark.parametrize("kind", [b"zTXt", b"iCCP", b"iTXt"])
async def test_a_png_whose_text_unpacks_to_gigabytes_is_not_unpacked(kind: bytes) -> None:
    packed = zlib.compress(b"\0" * 100_000_000, 9)
    head = {b"zTXt": b"k\0\0", b"iCCP": b"k\0\0", b"iTXt": b"k\0\1\0\0\0"}[kind]
    good = encoded("PNG")
    bomb = good[:33] + chunk(kind, head + packed) + good[33:]
    try:
        rendered = await Avatars().render(bomb)
    except Invalid:
        return
    assert len(rendered) < 100_000


@pytest.mark.parametrize("side", [5_001, 12_000, 60_000])
async def test_a_small_file_with_too_many_pixels_is_refused(side: int) -> None:
    with pytest.raises(Invalid, match="像素"):
        await Avatars().render(png_claiming(side, side))
