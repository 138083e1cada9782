"""Picture files with the implicit label: written with the pixels, then read back."""

import io
from collections.abc import Mapping

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from common.labelling.content import Label, read_packet
from common.labelling.visible import mark

LARGEST = 4096 * 4096
"""Pixels of a picture that is decoded at most: beyond is no picture of this platform."""
FORMATS = ("PNG", "WEBP", "JPEG")

_XMP_KEYWORD = "XML:com.adobe.xmp"
_OPTIONS: Mapping[str, Mapping[str, int]] = {"WEBP": {"quality": 82, "method": 2}, "JPEG": {"quality": 90}, "PNG": {}}


class BadPicture(Exception):
    """The bytes are no picture that can be read, or one too large."""


def encode(image: Image.Image, kind: str, label: Label, notes: Mapping[str, str] | None = None) -> bytes:
    """The file (`kind` is one of `FORMATS`) with exactly one label; a PNG may bear `notes`, readable by `Image.text`.

    Raises:
        RuntimeError: the file does not say what it should.
    """
    bare, file = Image.new(image.mode, image.size), io.BytesIO()
    bare.paste(image)  # without what the image remembers of the file that it came from
    if kind == "PNG":
        bare.save(file, kind, pnginfo=chunks(label, notes or {}))
    else:
        bare.save(file, kind, xmp=label.packet().encode(), **_OPTIONS[kind])
    return verified(file.getvalue(), kind, label)


def verified(data: bytes, kind: str, label: Label) -> bytes:
    """The file, which bears this label and no other; raises `RuntimeError` unless it does."""
    if data.count(b"<TC260:AIGC>") != 1 or _label_in(data) != label:
        raise RuntimeError(f"a {kind} file lost its label")
    return data


def label_of(image: Image.Image) -> Label | None:
    """The label that the opened file bears, if it is one of ours."""
    packet = image.info.get("xmp", b"")
    return read_packet(packet if isinstance(packet, str) else packet.decode(errors="replace"))


def public_copy(data: bytes, provider: str, *, suffix: str, unlabelled: str) -> bytes:
    """The picture with the visible label and the platform's mark, in the format it came in.

    Its content id is that of the file with `suffix`; a file without a label is taken to have the id `unlabelled`.

    Raises:
        BadPicture: see there.
    """
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as file:
            if file.width * file.height > LARGEST:
                raise BadPicture(f"{file.width} x {file.height} pixels")
            kind, known = file.format or "", label_of(file)
            image = file.convert("RGB")
    except (OSError, EOFError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        raise BadPicture(str(error)) from error
    original = Label(provider, known.content_id, known.source) if known else Label(provider, unlabelled, None)
    return encode(mark(image), kind, original.derived(suffix))


def _label_in(data: bytes) -> Label | None:
    with Image.open(io.BytesIO(data), formats=FORMATS) as file:
        return label_of(file)


def chunks(label: Label, notes: Mapping[str, str]) -> PngInfo:
    """What a PNG says beside its pixels."""
    info = PngInfo()
    info.add_itxt(_XMP_KEYWORD, label.packet())  # not compressed: some readers know no other
    for keyword, text in notes.items():
        info.add_itxt(keyword, text)
    return info
