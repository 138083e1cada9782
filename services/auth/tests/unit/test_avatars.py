"""Pictures: taken by content, re-encoded, bounded."""

import asyncio
import io
import struct
import zlib

import pytest
from PIL import ExifTags, Image

from auth.adapters.avatars import WAITING, Avatars
from common.errors import Invalid, UnsupportedMedia
from common.http.overload import Overloaded


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


def corners(data: bytes) -> list[tuple[int, ...]]:
    with Image.open(io.BytesIO(data)) as picture:
        return [
            tuple(picture.crop((x, y, x + 1, y + 1)).tobytes()) for x, y in ((20, 20), (236, 20), (20, 236), (236, 236))
        ]


def quartered(size: tuple[int, int], mode: str = "RGB") -> Image.Image:
    """Four colours."""
    small = Image.new("RGB", (2, 2))
    small.putdata([(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)])
    return small.resize(size, Image.Resampling.NEAREST).convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
@pytest.mark.parametrize("size", [(2, 2), (300, 300), (1100, 1100), (1601, 1601)])
async def test_a_picture_of_any_size_and_kind_is_shown_whole(size: tuple[int, int], mode: str) -> None:
    file = io.BytesIO()
    quartered(size, mode).save(
        file, "JPEG" if mode == "CMYK" else "PNG", **({"quality": 100} if mode == "CMYK" else {})
    )
    wanted = [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)]
    shown = corners(await Avatars().render(file.getvalue()))
    assert all(
        abs(a - b) <= 60 for one, other in zip(shown, wanted, strict=True) for a, b in zip(one, other, strict=True)
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize("size", [(64, 64), (3000, 1600)])
async def test_a_picture_is_turned_as_its_camera_was_held(kind: str, size: tuple[int, int]) -> None:
    file, exif = io.BytesIO(), Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0], size[1] // 2))  # on top, as stored: right, as shown
    picture.save(file, kind, exif=exif)
    left, right, _, low_right = corners(await Avatars().render(file.getvalue()))
    assert (left[0] < 60, right[0] > 200, low_right[0] > 200) == (True, True, True)


async def test_sixteen_bits_of_grey_stay_grey() -> None:
    file = io.BytesIO()
    Image.new("I;16", (700, 700), 0x8000).save(file, "PNG")
    assert all(abs(part - 128) < 4 for part in corners(await Avatars().render(file.getvalue()))[0])


async def test_what_is_transparent_is_white() -> None:
    assert corners(await Avatars().render(encoded("PNG", (1200, 1200), "RGBA")))[0] == (255, 255, 255)


async def test_who_comes_when_too_many_wait_is_told_to_come_again_and_the_others_are_served() -> None:
    avatars, data = Avatars(), encoded("PNG", (1500, 1500))
    outcomes = await asyncio.gather(*(avatars.render(data) for _ in range(WAITING + 5)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert [type(outcome) for outcome in refused] == [Overloaded] * 4
    assert await avatars.render(data)
