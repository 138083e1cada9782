"""A label for a PNG whose pixels stay as they are compressed."""

import io
import zlib

import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from common.labelling import PLACEHOLDER_PROVIDER, Label, Source, label_of, read
from common.labelling.repacking import SIGNATURE, _chunks_of, _packed, repacked

WHITE = Image.new("RGB", (40, 30), "white")
LABEL = Label(PLACEHOLDER_PROVIDER, "img_a_0", Source.MODEL)


def png(mode: str = "RGB", **given: object) -> bytes:
    file, texts = io.BytesIO(), PngInfo()
    texts.add_text("prompt", '{"3": {"class_type": "CLIPTextEncode"}}')
    Image.linear_gradient("L").resize((40, 30)).convert(mode).save(file, "PNG", pnginfo=texts, **given)
    return file.getvalue()


def rebuilt(data: bytes, **instead: bytes) -> bytes:
    """The file with other data in its first chunk of a name; `IDAT` here stands for all of them."""
    chunks = dict(_chunks_of(data)) | {name.encode(): content for name, content in instead.items()}
    return SIGNATURE + b"".join(_packed(name, content) for name, content in chunks.items())


def test_the_pixels_are_the_same_and_nothing_else_is_left_but_label_and_notes() -> None:
    data = png(dpi=(300, 300))

    labelled = repacked(data, read(data), LABEL, {"Engine": "comfyui"})

    assert labelled is not None
    before, after = Image.open(io.BytesIO(data)), Image.open(io.BytesIO(labelled))
    assert after.tobytes() == before.tobytes()
    assert label_of(labelled) == LABEL
    assert set(after.info) == {"xmp", "XML:com.adobe.xmp", "Engine"}
    assert b"CLIPTextEncode" not in labelled


@pytest.mark.parametrize("mode", ["RGBA", "L", "P", "1", "I;16"])
def test_other_kinds_of_pixels_are_left_to_an_encoder(mode: str) -> None:
    assert repacked(png(mode), WHITE, LABEL, {}) is None


def test_what_hides_behind_the_pixels_is_refused() -> None:
    data = png()
    pixels = dict(_chunks_of(data))[b"IDAT"]

    assert repacked(rebuilt(data), read(data), LABEL, {}) is not None
    assert repacked(rebuilt(data, IDAT=pixels + b"more"), WHITE, LABEL, {}) is None
    assert repacked(rebuilt(data, IDAT=zlib.compress(zlib.decompress(pixels) + b"row")), WHITE, LABEL, {}) is None
    assert repacked(rebuilt(data, IDAT=pixels[:-9]), WHITE, LABEL, {}) is None


@pytest.mark.parametrize("broken", [b"", b"GIF89a", SIGNATURE, png()[:60], png()[:-20], png()[:50] + b"?" + png()[51:]])
def test_a_broken_file_is_refused(broken: bytes) -> None:
    assert repacked(broken, WHITE, LABEL, {}) is None


@pytest.mark.parametrize("meaning", [{"icc_profile": b"profile"}, {"transparency": (0, 0, 0)}, {"exif": b"Exif\0\0MM"}])
def test_pixels_that_mean_something_else_are_left_to_an_encoder(meaning: dict[str, object]) -> None:
    assert repacked(png(**meaning), WHITE, LABEL, {}) is None  # type: ignore[arg-type]
