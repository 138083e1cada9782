"""What people see of a picture: files that bear the visible label, in three sizes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PIL import Image

from common.labelling.content import Label
from common.labelling.credentials import CREATED, EDITED, RESIZED, Credentials
from common.labelling.files import encode
from common.labelling.visible import mark

THUMBNAIL, PREVIEW = 256, 768  # longest sides in pixels


@dataclass(frozen=True)
class Renditions:
    """A PNG of the picture's own size, and WebP files that fit squares of `PREVIEW` and `THUMBNAIL` pixels."""

    image: bytes
    preview: bytes
    thumbnail: bytes


def fitted(size: tuple[int, int], side: int) -> tuple[int, int]:
    """Width and height in a square of `side` pixels; nothing is enlarged."""
    part = min(1.0, side / max(size))
    return max(1, round(size[0] * part)), max(1, round(size[1] * part))


def srcset(size: tuple[int, int], thumbnail: str, preview: str) -> str:
    """The addresses of both smaller files of a picture of this size, as HTML's `srcset` takes them."""
    widths = {address: fitted(size, side)[0] for address, side in ((thumbnail, THUMBNAIL), (preview, PREVIEW))}
    return ", ".join(f"{address} {width}w" for address, width in widths.items())


def rendering(
    image: Image.Image, label: Label, credentials: Credentials | None = None
) -> dict[str, Callable[[], bytes]]:
    """What makes each file of `Renditions`, by its name there; they may run side by side.

    Each is shrunk from the picture, marked, and labelled as a file of its own; `label` is the largest's. They raise
    RuntimeError for a file that does not pass its checks.
    """
    small = (CREATED, EDITED, RESIZED)

    def shrunk(side: int, suffix: str) -> bytes:
        return _file(_fit(image, side), "WEBP", label.derived(suffix), small, credentials)

    return {
        "image": partial(_file, image, "PNG", label, (CREATED, EDITED), credentials),
        "preview": partial(shrunk, PREVIEW, "preview"),
        "thumbnail": partial(shrunk, THUMBNAIL, "thumb"),
    }


def render(image: Image.Image, label: Label, credentials: Credentials | None = None) -> Renditions:
    """All of them, one after another; see `rendering`."""
    return Renditions(**{name: make() for name, make in rendering(image, label, credentials).items()})


def _file(
    image: Image.Image, kind: str, label: Label, actions: Sequence[str], credentials: Credentials | None
) -> bytes:
    return encode(mark(image), kind, label, credentials=credentials, actions=actions)


def _fit(image: Image.Image, side: int) -> Image.Image:
    size = fitted(image.size, side)
    return image if size == image.size else image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
