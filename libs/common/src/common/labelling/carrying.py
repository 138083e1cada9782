"""The implicit label of a picture from outside, whoever wrote it: what is made of the picture bears it on."""

import html
import json
import re
from collections.abc import Iterator
from typing import Any

from PIL import Image

from common.labelling.content import packet_of
from common.labelling.reading import BadPicture

MOST = 4096
"""Characters of a label; one with two signatures in it takes some two thousand."""
TRIED = 4
"""Labels of one file that are looked at; more than one is against the standard."""

_STATES = ("1", "2", "3")  # generated, may be, suspected
_THERE = re.compile(r":AIGC(?=[\s=>/])")
_ELEMENT = re.compile(r"<([A-Za-z_][\w.-]*):AIGC(?:\s[^<>]*)?>([^<]*)</\1:AIGC\s*>")
_ATTRIBUTE = re.compile(r""":AIGC\s*=\s*(?:"([^"<]*)"|'([^'<]*)')""")
_SOURCE = re.compile(
    r"""DigitalSourceType(?:>|\s*=\s*["'])\s*(http://cv\.iptc\.org/newscodes/digitalsourcetype/[A-Za-z]{1,40})"""
)
_EXIF, _USER_COMMENT = 0x8769, 0x9286
_CHARACTER_CODE = 8  # bytes before a user comment


def packet_to_carry(file: Image.Image) -> str | None:
    """The XMP packet with the label that the file bears, each value as it was read; none where it bears none.

    Read from XMP (bare or wrapped, as an element or an attribute), from EXIF's `UserComment`, and from a PNG's text
    `AIGC`. Texts behind the pixels of a PNG are known once it is decoded. Nothing is added: who made the picture, and
    under which number, stays what its producer said.

    Raises:
        BadPicture: there is a label, and it cannot be read; it must not be lost.
        Besides, whatever Pillow raises on damaged EXIF; see `opened`.
    """
    packet = _text(file.info.get("xmp", b""))
    said = [*_in_packet(packet), *_in_texts(file)]
    if not said and not _THERE.search(packet):
        return None
    values = next((found for text in said[:TRIED] if (found := _values(text))), None)
    if values is None:
        raise BadPicture("bad_label", "the label cannot be read")
    source = _SOURCE.search(packet)
    return packet_of(values, source[1] if source else None)


def _in_packet(packet: str) -> Iterator[str]:
    """What stands in the property `AIGC`; linear in the length, whatever the packet is."""
    for _prefix, text in _ELEMENT.findall(packet):
        yield html.unescape(text)
    for double, single in _ATTRIBUTE.findall(packet):
        yield html.unescape(double or single)


def _in_texts(file: Image.Image) -> Iterator[str]:
    text = file.info.get("AIGC")
    if isinstance(text, str):
        yield text
    comment = file.getexif().get_ifd(_EXIF).get(_USER_COMMENT, b"")
    if isinstance(comment, bytes):  # ASCII, or UTF-16 of it in either order
        comment = _text(comment[_CHARACTER_CODE:].replace(b"\0", b""))
    if '"AIGC"' in comment:
        yield comment


def _text(data: bytes | str) -> str:
    return data if isinstance(data, str) else data.decode(errors="replace")


def _values(text: str) -> dict[str, str] | None:
    """The seven values of a label in JSON, bare or wrapped; none where it is none.

    A label without a propagator is a first writer's, who is its own (annex E, note 1).
    """
    try:
        found: Any = json.loads(text) if len(text) <= MOST else None
    except (ValueError, RecursionError):
        return None
    found = found.get("AIGC", found) if isinstance(found, dict) else None
    if not isinstance(found, dict) or found.get("Label") not in _STATES:
        return None
    producer, number = found.get("ContentProducer"), found.get("ProduceID")
    values = {
        "Label": found["Label"],
        "ContentProducer": producer,
        "ProduceID": number,
        "ReservedCode1": found.get("ReservedCode1", ""),
        "ContentPropagator": found.get("ContentPropagator", producer),
        "PropagateID": found.get("PropagateID", number),
        "ReservedCode2": found.get("ReservedCode2", ""),
    }
    good = all(isinstance(value, str) and value.isprintable() for value in values.values())
    return values if good and producer and number else None
