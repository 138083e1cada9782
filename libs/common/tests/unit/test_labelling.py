"""The labels of pictures, judged by a reader of their own and by their pixels."""

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image

from common.labelling import (
    PREVIEW,
    THUMBNAIL,
    Darkroom,
    Label,
    Source,
    encode,
    fitted,
    label_of,
    mark,
    render,
    srcset,
)
from common.testing.ink import label_box
from common.testing.labels import TEST_PROVIDER, judge

KINDS = ("PNG", "WEBP", "JPEG")
LABEL = Label(TEST_PROVIDER, "img_a_0", Source.MODEL)
SIZES = ((512, 512), (768, 512), (512, 768), (1024, 1024), (384, 384), (384, 256), (256, 384))


def backgrounds(size: tuple[int, int]) -> list[Image.Image]:
    flat = [Image.new("RGB", size, color) for color in ("black", "#444", "#808080", "#bbb", "white", "red", "#ff0")]
    slope = Image.linear_gradient("L").resize(size)
    return [*flat, slope.convert("RGB"), slope.rotate(90).resize(size).convert("RGB")]


def marked(image: Image.Image) -> bytes:
    return encode(mark(image), "PNG", LABEL)


@pytest.fixture
async def darkroom() -> AsyncIterator[Darkroom]:
    room = Darkroom(TEST_PROVIDER, hands=1)
    yield room
    await room.close()


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_bears_one_label_that_another_reader_accepts(kind: str) -> None:
    judged = judge(encode(Image.new("RGB", (64, 48), "teal"), kind, LABEL))

    assert judged.values["ContentProducer"] == TEST_PROVIDER
    assert judged.values["ProduceID"] == "img_a_0"
    assert (judged.values["ReservedCode1"], judged.values["ReservedCode2"]) == ("", "")
    assert judged.source == "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"


@pytest.mark.parametrize("kind", KINDS)
def test_a_labelled_file_that_is_written_again_bears_the_new_label_alone(kind: str) -> None:
    with Image.open(io.BytesIO(encode(Image.new("RGB", (64, 48)), kind, LABEL))) as image:
        again = encode(image, kind, LABEL.derived("thumb"))

    assert judge(again).values["ProduceID"] == "img_a_0.thumb"


def test_a_procedural_picture_is_not_said_to_be_a_models() -> None:
    judged = judge(encode(Image.new("RGB", (8, 8)), "PNG", Label(TEST_PROVIDER, "x", Source.PROCEDURE)))

    assert judged.source == "http://cv.iptc.org/newscodes/digitalsourcetype/algorithmicMedia"


def test_characters_that_mean_something_in_xml_survive() -> None:
    data = encode(Image.new("RGB", (8, 8)), "PNG", Label(TEST_PROVIDER, "a&b<c>&lt;'", None))

    assert judge(data).values["ProduceID"] == "a&b<c>&lt;'"
    assert label_of(data) == Label(TEST_PROVIDER, "a&b<c>&lt;'", None)


@pytest.mark.parametrize("wrong", ["", "两", "a b", 'a"b', "a\\b", "a\n"])
def test_what_the_standard_forbids_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match="not allowed"):
        Label(TEST_PROVIDER, wrong, Source.MODEL)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_the_visible_label_is_tall_enough_in_the_corner_on_any_background(size: tuple[int, int]) -> None:
    for image in backgrounds(size):
        original = encode(image, "PNG", LABEL)
        left, top, right, bottom = label_box(original, marked(image))
        assert bottom - top >= 0.05 * min(size)
        assert bottom - top <= 0.08 * min(size)
        assert bottom >= 0.93 * size[1]
        assert right >= 0.93 * size[0]
        assert left > 0.5 * size[0]


@pytest.mark.parametrize("color", ["black", "#808080", "white"])
def test_the_ink_stands_out_from_what_is_under_it(color: str) -> None:
    image = Image.new("RGB", (512, 512), color)
    original, copy = encode(image, "PNG", LABEL), marked(image)
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
    image = Image.new("RGB", (1024, 1024), "#808080")
    original, copy = encode(image, "PNG", LABEL), marked(image)
    with Image.open(io.BytesIO(copy)) as file:
        ink = file.convert("L").crop(label_box(original, copy)).point(lambda value: 255 * (value > 150))
    inked = [ink.crop((x, 0, x + 1, ink.height)).getbbox() is not None for x in range(ink.width)]

    assert sum(now and not before for before, now in zip([False, *inked], inked, strict=False)) == 4


async def test_a_new_picture_has_an_original_and_three_labelled_files_each_with_an_id_of_its_own(
    darkroom: Darkroom,
) -> None:
    painted = Image.effect_noise((900, 600), 60).convert("RGB")

    made = await darkroom.develop(encode(painted, "PNG", LABEL), "img_b_1", Source.MODEL, (900, 600), {"Engine": "x"})

    files = (made.original, made.shown.image, made.shown.preview, made.shown.thumbnail)
    ids = [judge(data).values["ProduceID"] for data in files]
    assert ids == ["img_b_1", "img_b_1.shown", "img_b_1.shown.preview", "img_b_1.shown.thumb"]
    assert [size_of(data) for data in files] == [(900, 600), (900, 600), (768, 512), (256, 171)]
    assert Image.open(io.BytesIO(made.original)).tobytes() == painted.tobytes()
    assert Image.open(io.BytesIO(made.original)).text["Engine"] == "x"  # type: ignore[attr-defined]
    assert Image.open(io.BytesIO(made.shown.image)).tobytes() != painted.tobytes()


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as file:
        return file.size


@pytest.mark.parametrize("kind", KINDS)
async def test_public_copies_keep_the_source_and_bear_labels_of_their_own(kind: str, darkroom: Darkroom) -> None:
    original = encode(Image.new("RGB", (384, 256), "teal"), kind, LABEL)

    copies = await darkroom.publish(original, suffix="c0ffee", unlabelled="work-7")

    judged = [judge(data) for data in (copies.image, copies.preview, copies.thumbnail)]
    ids = ["img_a_0.c0ffee", "img_a_0.c0ffee.preview", "img_a_0.c0ffee.thumb"]
    assert [label.values["ProduceID"] for label in judged] == ids
    assert {label.source for label in judged} == {Source.MODEL}
    assert [size_of(data) for data in (copies.image, copies.preview, copies.thumbnail)] == [
        *((384, 256), (384, 256), (256, 171))
    ]


async def test_what_else_stood_in_the_original_is_in_no_copy(darkroom: Darkroom) -> None:
    notes = {"prompt": "a secret prompt", "workflow": "{}"}
    original = encode(Image.new("RGB", (64, 64)), "PNG", LABEL, notes)

    copies = await darkroom.publish(original, suffix="c0ffee", unlabelled="work-7")

    for copy in (copies.image, copies.preview, copies.thumbnail):
        assert b"secret" not in copy
        assert b"workflow" not in judge(copy).metadata


async def test_a_picture_from_before_the_labels_gets_one_that_claims_nothing(darkroom: Darkroom) -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG")

    judged = judge((await darkroom.publish(file.getvalue(), suffix="c0ffee", unlabelled="work-7")).image)

    assert (judged.values["ProduceID"], judged.source) == ("work-7.c0ffee", None)


@pytest.mark.parametrize("size", [(512, 512), (768, 512), (512, 768), (1024, 1024)], ids=str)
def test_the_visible_label_is_tall_enough_in_every_rendition(size: tuple[int, int]) -> None:
    for image in backgrounds(size)[2:]:
        made = render(image, LABEL)
        for data in (made.image, made.preview, made.thumbnail):
            width, height = size_of(data)
            _, top, right, bottom = label_box(encode(image.resize((width, height)), "PNG", LABEL), data)
            assert bottom - top >= 0.05 * min(width, height)
            assert (right, bottom) >= (0.9 * width, 0.9 * height)


@pytest.mark.parametrize(
    ("size", "thumbnail", "preview"),
    [
        ((1024, 1024), (256, 256), (768, 768)),
        ((512, 768), (171, 256), (512, 768)),
        ((200, 100), (200, 100), (200, 100)),
    ],
)
def test_a_srcset_names_the_widths_that_the_files_have(
    size: tuple[int, int], thumbnail: tuple[int, int], preview: tuple[int, int]
) -> None:
    assert (fitted(size, THUMBNAIL), fitted(size, PREVIEW)) == (thumbnail, preview)
    assert srcset(size, "http://x/t.webp?a=1,2", "http://x/p.webp") == (
        f"http://x/t.webp?a=1,2 {thumbnail[0]}w, http://x/p.webp {preview[0]}w"
    )
