"""Hostile and broken picture files: refused by their header where they can be, and never with another error."""

import io
import os
import random
import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image, ImageCms

from common.labelling import BadPicture, Label, Source, encode, read
from common.testing.labels import TEST_PROVIDER

LABEL = Label(TEST_PROVIDER, "img_a_0", Source.MODEL)
SIZE = (64, 48)


def file_of(image: Image.Image, kind: str, **given: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **given)
    return file.getvalue()


def png(width: int, height: int, pixels: bytes = b"", color: int = 2) -> bytes:
    """A PNG that says it is that large, whatever follows."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, color, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(pixels)) + chunk(b"IEND", b"")


TEAL = Image.new("RGB", SIZE, "teal")
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="48"><script>alert(1)</script></svg>'
ANIMATED = [Image.new("RGB", SIZE, color) for color in ("red", "blue")]
HOSTILE = {
    "empty": (b"", "unreadable"),
    "text": (b"no picture", "unreadable"),
    "svg": (SVG, "unreadable"),
    "html": (b"<!doctype html><title>x</title>", "unreadable"),
    "html after a signature": (b"\x89PNG\r\n\x1a\n<script>", "unreadable"),
    "gif": (file_of(TEAL, "GIF"), "unreadable"),
    "tiff": (file_of(TEAL, "TIFF"), "unreadable"),
    "bmp": (file_of(TEAL, "BMP"), "unreadable"),
    "cut off": (file_of(TEAL, "PNG")[:-40], "unreadable"),
    "too few rows": (png(*SIZE, bytes(100)), "unreadable"),
    "wide": (png(100_000, 1, bytes(300_001)), "too_large"),
    "tall": (png(1, 100_000, bytes(400_000)), "too_large"),
    "bomb": (png(30_000, 30_000, bytes(10**6)), "too_large"),
    "great bomb": (png(2**31 - 1, 2**31 - 1), "too_large"),
    "other size": (file_of(Image.new("RGB", (63, 48)), "PNG"), "wrong_size"),
    "turned": (file_of(Image.new("RGB", (48, 64)), "PNG"), "wrong_size"),
    "animated png": (file_of(ANIMATED[0], "PNG", save_all=True, append_images=ANIMATED[1:]), "animated"),
    "animated webp": (file_of(ANIMATED[0], "WEBP", save_all=True, append_images=ANIMATED[1:]), "animated"),
    "scans": (file_of(TEAL, "JPEG") + b"\xff\xda" * 200, "too_large"),
    "more than 64 MB": (file_of(TEAL, "PNG") + bytes(64 * 2**20), "too_large"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")  # as in production, where it is only said
def test_what_is_no_picture_of_this_platform_is_refused(name: str) -> None:
    data, fault = HOSTILE[name]

    with pytest.raises(BadPicture) as refused:
        read(data, SIZE)

    assert refused.value.fault == fault


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "I;16"])
def test_every_kind_of_pixels_becomes_rgb_of_8_bits_that_looks_the_same(mode: str) -> None:
    slope = Image.linear_gradient("L").resize(SIZE)
    if mode == "I;16":
        image = Image.new(mode, SIZE)
        image.putdata([value * 256 for value in slope.tobytes()])
    else:
        image = slope.convert("RGB").convert(mode)

    seen = read(file_of(image, "PNG"), SIZE)

    assert (seen.mode, seen.size, seen.info) == ("RGB", SIZE, {})
    if mode not in ("1", "P"):  # which have too few tones
        assert abs(seen.convert("L").getpixel((32, 40)) - slope.getpixel((32, 40))) <= 2  # type: ignore[operator]


def test_what_is_transparent_lies_on_white() -> None:
    image = Image.new("RGBA", SIZE, (200, 0, 0, 0))
    assert read(file_of(image, "PNG")).getpixel((5, 5)) == (255, 255, 255)
    assert read(file_of(image, "WEBP", lossless=True)).getpixel((5, 5)) == (255, 255, 255)


def test_ink_of_four_colours_becomes_light_of_three() -> None:
    seen = read(file_of(Image.new("CMYK", SIZE, (255, 0, 0, 0)), "JPEG"), SIZE)
    red, green, blue = seen.getpixel((5, 5))  # type: ignore[misc]
    assert red < 60 < green
    assert blue > 150


def test_a_picture_lying_on_its_side_is_turned_before_its_size_is_judged() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    image = Image.new("RGB", (48, 64), "black")
    image.paste("white", (0, 0, 48, 8))

    seen = read(file_of(image, "JPEG", exif=exif, quality=95), SIZE)

    assert seen.size == SIZE
    assert min(seen.getpixel((60, 24))) > 200  # type: ignore[type-var, arg-type]


def test_colours_are_those_that_the_profile_means() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
    teal = Image.new("RGB", SIZE, (0, 128, 128))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    expected = (0, 128, 128)
    for given in (srgb, profile, b"no profile at all"):
        seen = read(file_of(teal, "PNG", icc_profile=given), SIZE)
        assert all(abs(a - b) <= 2 for a, b in zip(seen.getpixel((5, 5)), expected, strict=True))  # type: ignore[arg-type]
        assert seen.info == {}


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_broken_bytes_are_no_picture_and_never_another_error(kind: str) -> None:
    whole = encode(TEAL, kind, LABEL)
    dice = random.Random(1)
    for length in range(0, len(whole) - len(whole) // 3, 7):
        with pytest.raises(BadPicture):
            read(whole[:length])
    for _ in range(300):
        broken = bytearray(whole)
        broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
        try:
            assert read(bytes(broken), SIZE).size == SIZE
        except BadPicture:
            continue


@pytest.mark.parametrize("name", ["bomb", "wide"])
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bomb_costs_no_memory(name: str) -> None:
    import tracemalloc  # noqa: PLC0415

    tracemalloc.start()
    with pytest.raises(BadPicture):
        read(HOSTILE[name][0])
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 2_000_000


def test_the_error_of_a_broken_file_holds_no_pixels() -> None:
    broken = file_of(Image.new("RGB", (3000, 3000), "teal"), "PNG")[:-100]
    errors, before = [], resident()

    for _ in range(6):
        with pytest.raises(BadPicture) as refused:
            read(broken)
        errors.append(refused.value)

    assert {error.fault for error in errors} == {"unreadable"}
    assert resident() - before < 3 * 36  # each is of 36 MB, decoded


def resident() -> float:
    """This process's memory, in MB."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
