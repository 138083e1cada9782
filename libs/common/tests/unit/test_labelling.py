"""The labels of pictures, judged by a reader of their own and by their pixels."""

import io
import random

import pytest
from PIL import Image
from pydantic import ValidationError
from structlog.testing import capture_logs

from common.labelling import (
    PLACEHOLDER_PROVIDER,
    BadPicture,
    Label,
    LabelSettings,
    Source,
    encode,
    label_of,
    mark,
    public_copy,
)
from common.testing.ink import label_box
from common.testing.labels import judge

KINDS = ("PNG", "WEBP", "JPEG")
LABEL = Label(PLACEHOLDER_PROVIDER, "img_a_0", Source.MODEL)
SIZES = ((512, 512), (768, 512), (512, 768), (1024, 1024), (384, 384), (384, 256), (256, 384))


def backgrounds(size: tuple[int, int]) -> list[Image.Image]:
    flat = [Image.new("RGB", size, color) for color in ("black", "#444", "#808080", "#bbb", "white", "red", "#ff0")]
    slope = Image.linear_gradient("L").resize(size)
    return [*flat, slope.convert("RGB"), slope.rotate(90).resize(size).convert("RGB")]


def published(data: bytes) -> bytes:
    return public_copy(data, PLACEHOLDER_PROVIDER, suffix="c0ffee", unlabelled="work-7")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_bears_one_label_that_another_reader_accepts(kind: str) -> None:
    judged = judge(encode(Image.new("RGB", (64, 48), "teal"), kind, LABEL))

    assert judged.values["ContentProducer"] == PLACEHOLDER_PROVIDER
    assert judged.values["ProduceID"] == "img_a_0"
    assert (judged.values["ReservedCode1"], judged.values["ReservedCode2"]) == ("", "")
    assert judged.source == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.mark.parametrize("kind", KINDS)
def test_a_labelled_file_that_is_written_again_bears_the_new_label_alone(kind: str) -> None:
    with Image.open(io.BytesIO(encode(Image.new("RGB", (64, 48)), kind, LABEL))) as image:
        again = encode(image, kind, LABEL.derived("thumb"))

    assert judge(again).values["ProduceID"] == "img_a_0.thumb"


def test_a_procedural_picture_is_not_said_to_be_a_models() -> None:
    judged = judge(encode(Image.new("RGB", (8, 8)), "PNG", Label(PLACEHOLDER_PROVIDER, "x", Source.PROCEDURE)))

    assert judged.source == "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"


def test_characters_that_mean_something_in_xml_survive() -> None:
    data = encode(Image.new("RGB", (8, 8)), "PNG", Label(PLACEHOLDER_PROVIDER, "a&b<c>&lt;'", None))

    assert judge(data).values["ProduceID"] == "a&b<c>&lt;'"
    with Image.open(io.BytesIO(data)) as image:
        assert label_of(image) == Label(PLACEHOLDER_PROVIDER, "a&b<c>&lt;'", None)


@pytest.mark.parametrize("wrong", ["", "两", "a b", 'a"b', "a\\b", "a\n"])
def test_what_the_standard_forbids_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        Label(PLACEHOLDER_PROVIDER, wrong, Source.MODEL)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_visible_label_is_tall_enough_in_the_corner_on_any_background(size: tuple[int, int]) -> None:
    for image in backgrounds(size):
        original = encode(image, "PNG", LABEL)
        left, top, right, bottom = label_box(original, published(original))
        assert bottom - top >= 0.05 * min(size)
        assert bottom - top <= 0.08 * min(size)
        assert bottom >= 0.93 * size[1]
        assert right >= 0.93 * size[0]
        assert left > 0.5 * size[0]


@pytest.mark.parametrize("color", ["black", "#808080", "white"])
def test_the_ink_stands_out_from_what_is_under_it(color: str) -> None:
    original = encode(Image.new("RGB", (512, 512), color), "PNG", LABEL)
    copy = published(original)
    with Image.open(io.BytesIO(copy)) as file:
        counted = file.convert("L").crop(label_box(original, copy)).getcolors() or []
    (_, plate), *_ = sorted(counted, reverse=True)

    assert contrast(255, int(str(plate))) >= 4.5  # WCAG 2.2, text of any size


def contrast(light: int, dark: int) -> float:
    def luminance(grey: int) -> float:
        part = grey / 255
        return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)

    return (luminance(light) + 0.05) / (luminance(dark) + 0.05)


def test_the_visible_label_has_four_characters_side_by_side() -> None:
    original = encode(Image.new("RGB", (1024, 1024), "#808080"), "PNG", LABEL)
    copy = published(original)
    with Image.open(io.BytesIO(copy)) as file:
        ink = file.convert("L").crop(label_box(original, copy)).point(lambda value: 255 * (value > 150))
    inked = [ink.crop((x, 0, x + 1, ink.height)).getbbox() is not None for x in range(ink.width)]

    assert sum(now and not before for before, now in zip([False, *inked], inked, strict=False)) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_a_public_copy_keeps_format_size_and_source_and_bears_a_label_of_its_own(kind: str) -> None:
    original = encode(Image.new("RGB", (384, 256), "teal"), kind, LABEL)

    copy = published(original)

    judged = judge(copy)
    assert judged.values["ProduceID"] == "img_a_0.c0ffee"
    assert judged.source == Source.MODEL
    with Image.open(io.BytesIO(copy)) as file:
        assert (file.format, file.size) == (kind, (384, 256))


def test_what_else_stood_in_the_original_is_not_in_the_public_copy() -> None:
    notes = {"prompt": "a secret prompt", "workflow": "{}"}
    copy = published(encode(Image.new("RGB", (64, 64)), "PNG", LABEL, notes))

    assert b"secret" not in copy
    assert b"workflow" not in judge(copy).metadata


def test_a_picture_from_before_the_labels_gets_one_that_claims_nothing() -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG")

    judged = judge(published(file.getvalue()))

    assert (judged.values["ProduceID"], judged.source) == ("work-7.c0ffee", None)


@pytest.mark.parametrize("kind", KINDS)
def test_broken_bytes_are_no_picture_and_never_another_error(kind: str) -> None:
    whole = encode(mark(Image.new("RGB", (64, 64), "teal")), kind, LABEL)
    dice = random.Random(1)
    for length in range(0, len(whole) - len(whole) // 3, 7):
        with pytest.raises(BadPicture):
            published(whole[:length])
    for _ in range(300):
        broken = bytearray(whole)
        broken[dice.randrange(len(broken))] ^= 1 << dice.randrange(8)
        try:
            judge(published(bytes(broken)))
        except BadPicture:
            continue


def test_a_picture_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    data = bytearray(encode(Image.new("1", (5000, 4000)), "PNG", LABEL))

    with pytest.raises(BadPicture, match="5000 x 4000"):
        published(bytes(data))


@pytest.mark.parametrize("code", ["", "0011", "12" + PLACEHOLDER_PROVIDER[2:], PLACEHOLDER_PROVIDER.lower()])
def test_a_provider_code_of_another_form_is_refused(code: str) -> None:
    with pytest.raises(ValidationError, match="AIGC_PROVIDER_CODE"):
        settings(AIGC_PROVIDER_CODE=code)


async def test_the_start_warns_of_the_code_of_nobody() -> None:
    with capture_logs() as logs:
        await settings().warn_of_placeholder()
        await settings(AIGC_PROVIDER_CODE="0011000000000000MADEUP1TEST").warn_of_placeholder()

    assert [entry["event"] for entry in logs] == ["aigc_provider_placeholder"]


def settings(**changes: str) -> LabelSettings:
    given = {"mongodb_url": "x", "rabbitmq_url": "x", "jwks_url": "http://x", "public_url": "http://x"}
    s3 = {"s3_endpoint": "http://x", "s3_access_key": "x", "s3_secret_key": "x"}
    return LabelSettings.model_validate(given | s3 | changes)
