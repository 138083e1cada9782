"""Labels of pictures from outside: read wherever they may stand, written again as they were read."""

import contextlib
import html
import io
import json
import time

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from common.labelling import BadPicture, Label, Source, encode, mark_round, opened, packet_to_carry
from common.testing.ink import label_box
from common.testing.labels import TEST_PROVIDER, judge

VALUES = {
    "Label": "1",
    "ContentProducer": TEST_PROVIDER,
    "ProduceID": "outside-7",
    "ReservedCode1": "c2lnbmVk&<>",
    "ContentPropagator": TEST_PROVIDER,
    "PropagateID": "outside-7",
    "ReservedCode2": "",
}
BARE, WRAPPED = json.dumps(VALUES), json.dumps({"AIGC": VALUES})
ESCAPED, QUOTED = html.escape(BARE, quote=False), html.escape(BARE)
TEAL = Image.new("RGB", (64, 48), "teal")
MODEL = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


def jpeg(**given: object) -> bytes:
    file = io.BytesIO()
    TEAL.save(file, "JPEG", **given)
    return file.getvalue()


def with_xmp(inside: str) -> bytes:
    return jpeg(xmp=f"<x:xmpmeta><rdf:Description {inside}</rdf:Description></x:xmpmeta>".encode())


def png(keyword: str, text: str, *, behind: bool = False) -> bytes:
    file, info = io.BytesIO(), PngInfo()
    info.add_text(keyword, text, zip=False)
    TEAL.save(file, "PNG", pnginfo=info)
    data = file.getvalue()
    at = data.index(b"tEXt") - 4
    chunk = data[at : at + 12 + int.from_bytes(data[at : at + 4], "big")]
    return data[:-12].replace(chunk, b"") + chunk + data[-12:] if behind else data


def with_comment(comment: bytes) -> bytes:
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9286] = comment
    return jpeg(exif=exif)


def carried(data: bytes) -> str | None:
    with opened(data) as file:
        file.load()
        return packet_to_carry(file)


PLACES = {
    "element": with_xmp(f'xmlns:TC260="x"><TC260:AIGC>{ESCAPED}</TC260:AIGC>'),
    "element, wrapped": with_xmp(f"><TC260:AIGC>{html.escape(WRAPPED)}</TC260:AIGC>"),
    "element, another prefix": with_xmp(f'><ns1:AIGC xml:lang="x">{ESCAPED}</ns1:AIGC >'),
    "attribute": with_xmp(f'TC260:AIGC="{QUOTED}">'),
    "attribute in apostrophes": with_xmp(f"TC260:AIGC = '{ESCAPED}'>"),
    "text of a PNG": png("AIGC", WRAPPED),
    "text of a PNG, bare": png("AIGC", BARE),
    "text behind the pixels": png("AIGC", WRAPPED, behind=True),
    "EXIF": with_comment(b"ASCII\0\0\0" + WRAPPED.encode()),
    "EXIF in UTF-16": with_comment(b"UNICODE\0" + WRAPPED.encode("utf-16-le")),
}


@pytest.mark.parametrize("place", PLACES)
def test_a_label_is_carried_over_word_for_word_wherever_it_stood(place: str) -> None:
    packet = carried(PLACES[place])

    assert packet is not None
    assert judge(jpeg(xmp=packet.encode())).values == VALUES


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "JPEG"])
def test_a_label_of_this_platform_is_carried_over_with_how_the_picture_was_made(kind: str) -> None:
    packet = carried(encode(TEAL, kind, Label(TEST_PROVIDER, "img_a_0", Source.MODEL)))

    assert packet is not None
    judged = judge(jpeg(xmp=packet.encode()))
    assert (judged.values["ProduceID"], judged.source) == ("img_a_0", MODEL)


def test_a_label_without_a_propagator_names_its_producer_as_one() -> None:
    short = {key: VALUES[key] for key in ("Label", "ContentProducer", "ProduceID")}
    packet = carried(png("AIGC", json.dumps(short)))

    assert packet is not None
    assert judge(jpeg(xmp=packet.encode())).values == VALUES | {"ReservedCode1": ""}


@pytest.mark.parametrize(
    "data",
    [jpeg(), png("AIGCs", WRAPPED), with_xmp('dc:title="AIGC">AIGC'), with_comment(b"ASCII\0\0\0AIGC, by me")],
    ids=["nothing", "another text", "a title", "a comment"],
)
def test_a_picture_that_only_speaks_of_it_bears_no_label(data: bytes) -> None:
    assert carried(data) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[" * 4000,
        "{}",
        json.dumps({"AIGC": 1}),
        json.dumps(VALUES | {"Label": "7"}),
        json.dumps(VALUES | {"Label": ["1"]}),
        json.dumps(VALUES | {"ProduceID": 7}),
        json.dumps(VALUES | {"ProduceID": ""}),
        json.dumps(VALUES | {"ReservedCode1": "\0"}),
        json.dumps(VALUES | {"ReservedCode1": "\ud800"}),
        json.dumps(VALUES | {"ReservedCode1": "x" * 5000}),
    ],
)
@pytest.mark.parametrize("where", ["xmp", "png"])
def test_a_label_that_cannot_be_read_is_not_lost_silently(text: str, where: str) -> None:
    data = png("AIGC", text or " ") if where == "png" else with_xmp(f"><TC260:AIGC>{text}</TC260:AIGC>")

    with pytest.raises(BadPicture) as refused:
        carried(data)

    assert refused.value.fault == "bad_label"


@pytest.mark.parametrize(
    "part", ["<TC260:AIGC>", "<" + "a" * 60_000, ':AIGC="', ":AIGC ", "<a:AIGC a", "DigitalSourceType "]
)
def test_reading_takes_time_in_proportion_to_the_packet(part: str) -> None:
    image = TEAL.copy()
    image.info["xmp"] = (part * (3_000_000 // len(part))).encode()

    began = time.perf_counter()
    with contextlib.suppress(BadPicture):
        packet_to_carry(image)

    assert time.perf_counter() - began < 5  # where it took time by the square, it would be a quarter of an hour


def test_a_signature_within_a_label_and_a_name_in_chinese_stay_what_they_are() -> None:
    values = VALUES | {"ReservedCode1": '{"Type":"TC260PG"}', "ContentProducer": "某 公司"}
    packet = carried(png("AIGC", json.dumps(values)))

    assert packet is not None
    assert html.unescape(packet).count(json.dumps(values, ensure_ascii=False, separators=(",", ":"))) == 1


def test_the_label_in_the_middle_is_high_enough_and_within_a_round_picture() -> None:
    image = Image.new("RGB", (256, 256), "teal")
    halves = []
    for shown in (image, mark_round(image)):
        file = io.BytesIO()
        shown.crop((0, 0, 168, 256)).save(file, "PNG")
        halves.append(file.getvalue())
    left, top, right, bottom = label_box(*halves)

    assert bottom - top >= 0.05 * 256
    assert all((x - 128) ** 2 + (y - 128) ** 2 < 128**2 for x in (left, right) for y in (top, bottom))
