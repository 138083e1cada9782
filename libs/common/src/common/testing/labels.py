"""A reader of the implicit label that shares nothing with the writer: it takes files apart by hand."""

import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

KEYS = ["Label", "ContentProducer", "ProduceID", "ReservedCode1", "ContentPropagator", "PropagateID", "ReservedCode2"]

TEST_PROVIDER = "00110000000MADEUPTESTS1TEST"
"""A provider's code of the right form, of nobody."""

_ALLOWED = re.compile(r'(?:[\x21\x23-\x5b\x5d-\x7e]|\\")*')
_CODE = re.compile(r"0011[0-9A-Z]{18}[12][0-9A-Z]{4}")
_AIGC = "{http://www.tc260.org.cn/ns/AIGC/1.0/}AIGC"
_SOURCE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
_XMP_OF_PNG, _XMP_OF_JPEG = b"XML:com.adobe.xmp\0", b"http://ns.adobe.com/xap/1.0/\0"
_PIXELS = (b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"VP8 ", b"VP8L", b"VP8X", b"ALPH")

Part = tuple[bytes, bytes]


@dataclass(frozen=True)
class Judged:
    """What a file with a good label says: the seven values, the IPTC source, and all metadata as it stands there."""

    values: dict[str, str]
    source: str | None
    metadata: bytes


def judge(data: bytes) -> Judged:
    """The one label of a PNG, WebP or JPEG file; an `AssertionError` says what is wrong with it."""
    parts = list(_parts(data))
    metadata = [(name, body) for name, body in parts if name not in _PIXELS]
    packets = [packet for name, body in metadata if (packet := _packet(name, body)) is not None]
    assert len(packets) == 1, f"{len(packets)} XMP packets"
    rest = [body for name, body in metadata if _packet(name, body) is None]
    assert not any(b"AIGC" in body for body in rest), "a second label outside of XMP"
    tree = ElementTree.fromstring(packets[0])  # noqa: S314 - a test's own file
    labels = [element.text or "" for element in tree.iter(_AIGC)]
    labels += [element.attrib[_AIGC] for element in tree.iter() if _AIGC in element.attrib]
    assert len(labels) == 1, f"{len(labels)} labels"
    source = next((element.text for element in tree.iter(_SOURCE)), None)
    return Judged(_values(labels[0]), source, b"".join(body for _, body in metadata))


def _values(text: str) -> dict[str, str]:
    pairs: list[tuple[str, object]] = json.loads(text, object_pairs_hook=list)
    assert [key for key, _ in pairs] == KEYS, f"keys {[key for key, _ in pairs]}"
    values = {key: value for key, value in pairs if isinstance(value, str)}
    assert len(values) == len(KEYS), "a value is no string"
    for key, value in values.items():
        assert _ALLOWED.fullmatch(value), f"{key} has characters that are not allowed: {value!r}"
    assert values["Label"] == "1"
    assert _CODE.fullmatch(values["ContentProducer"]), values["ContentProducer"]
    assert values["ProduceID"], "no content id"
    assert (values["ContentPropagator"], values["PropagateID"]) == (values["ContentProducer"], values["ProduceID"])
    return values


def _parts(data: bytes) -> Iterator[Part]:
    """Name and body of each part of the file, in order; in a PNG no packet may follow the pixels."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return _chunks_of_png(data)
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return _chunks_of_webp(data)
    assert data.startswith(b"\xff\xd8"), f"an unknown kind of file: {data[:12]!r}"
    return _segments_of_jpeg(data)


def _chunks_of_png(data: bytes) -> Iterator[Part]:
    at, pixels = 8, False
    while at < len(data):
        size, name = int.from_bytes(data[at : at + 4], "big"), data[at + 4 : at + 8]
        body = data[at + 8 : at + 8 + size]
        assert zlib.crc32(name + body) == int.from_bytes(data[at + 8 + size : at + 12 + size], "big"), name
        pixels = pixels or name == b"IDAT"
        assert not (pixels and body.startswith(_XMP_OF_PNG)), "the packet stands behind the pixels"
        yield name, body
        at += 12 + size


def _chunks_of_webp(data: bytes) -> Iterator[Part]:
    assert int.from_bytes(data[4:8], "little") + 8 == len(data), "the length in the header is wrong"
    at, says_xmp = 12, False
    while at < len(data):
        name, size = data[at : at + 4], int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        says_xmp = says_xmp or (name == b"VP8X" and bool(body[0] & 0x04))
        assert name != b"XMP " or says_xmp, "the header does not announce a packet"
        yield name, body
        at += 8 + size + size % 2


def _segments_of_jpeg(data: bytes) -> Iterator[Part]:
    at = 2
    while data[at : at + 2] != b"\xff\xda":
        assert data[at] == 0xFF, f"no segment at {at}"
        size = int.from_bytes(data[at + 2 : at + 4], "big")
        yield data[at : at + 2], data[at + 4 : at + 2 + size]
        at += 2 + size


def _packet(name: bytes, body: bytes) -> bytes | None:
    """The XMP packet in this part of a file, if it is one."""
    if name == b"XMP ":
        return body
    if name == b"\xff\xe1" and body.startswith(_XMP_OF_JPEG):
        return body.removeprefix(_XMP_OF_JPEG)
    if name == b"iTXt" and body.startswith(_XMP_OF_PNG):
        assert body[len(_XMP_OF_PNG)] == 0, "a compressed packet"
        _language, _keyword, packet = body[len(_XMP_OF_PNG) + 2 :].split(b"\0", 2)
        return packet
    return None
