"""A label for a PNG whose pixels stay as they are compressed: an encoder would take ten times as long."""

import struct
import zlib
from collections.abc import Iterator, Mapping

from PIL import Image

from common.labelling.content import Label
from common.labelling.credentials import Credentials
from common.labelling.files import chunks, finished

SIGNATURE = b"\x89PNG\r\n\x1a\n"
RGB = (8, 2, 0, 0, 0)  # depth, color type, compression, filter, interlace

MEANING = frozenset({b"iCCP", b"eXIf", b"tRNS", b"acTL"})  # chunks that say what the pixels mean


def repacked(
    png: bytes, image: Image.Image, label: Label, notes: Mapping[str, str], credentials: Credentials | None = None
) -> bytes | None:
    """The file of this image with label and notes and nothing else but its pixels; none unless it is plain 8-bit RGB.

    Texts and whatever else the file bore are gone, also what could hide behind the pixels. Raises as `encode` does.
    """
    found = list(_chunks_of(png))
    if not found or found[0][0] != b"IHDR" or found[-1][0] != b"IEND" or MEANING & {name for name, _ in found}:
        return None
    header, pixels = found[0][1], [data for name, data in found if name == b"IDAT"]
    if not _plain(header, b"".join(pixels)):
        return None
    words = [(name, data) for name, data, *_ in chunks(label, notes).chunks]
    kept = [(b"IHDR", header), *words, *((b"IDAT", data) for data in pixels), (b"IEND", b"")]
    data = SIGNATURE + b"".join(_packed(name, data) for name, data in kept)
    return finished(data, image, "PNG", label, credentials=credentials)


def _chunks_of(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and data of each chunk up to the end, or up to the first that is not in order."""
    place = len(SIGNATURE)
    while png.startswith(SIGNATURE) and place + 12 <= len(png):
        length, name = struct.unpack_from(">I4s", png, place)
        data = png[place + 8 : place + 8 + length]
        if png[place + 8 + length : place + 12 + length] != struct.pack(">I", zlib.crc32(data, zlib.crc32(name))):
            return
        yield name, data
        if name == b"IEND":
            return
        place += 12 + length


def _plain(header: bytes, pixels: bytes) -> bool:
    """Whether the stream holds just the rows of an 8-bit RGB picture, each behind its filter's number."""
    if len(header) != 13 or struct.unpack(">5B", header[8:]) != RGB:
        return False
    width, height = struct.unpack(">II", header[:8])
    size = height * (1 + 3 * width)
    stream = zlib.decompressobj()
    try:
        rows = stream.decompress(pixels, size + 1)
    except zlib.error:
        return False
    return len(rows) == size and stream.eof and not stream.unused_data


def _packed(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I4s", len(data), name) + data + struct.pack(">I", zlib.crc32(data, zlib.crc32(name)))
