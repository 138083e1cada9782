"""What a running job looks like, on its way to whoever watches: small, labelled, and not too often."""

import asyncio

import structlog

from common.cancelling import cancelled
from common.labelling import BadPicture, Label, encode, mark, read
from generation.engines.base import OnPreview
from generation.engines.comfyui.server import Clock

log = structlog.get_logger()

SIDE = 256  # pixels; ComfyUI's own are 512, 35 to 60 kB each
EVERY_SECONDS = 0.5
LARGEST_FRAME = 4 * 2**20  # bytes


def shrunk(data: bytes, label: Label) -> bytes:
    """A WebP that fits a square of `SIDE` pixels, with the label of its picture.

    Raises:
        BadPicture: this is no picture, or one too large.
    """
    if len(data) > LARGEST_FRAME:
        raise BadPicture("too_large", f"{len(data)} bytes")
    image = read(data)
    image.thumbnail((SIDE, SIDE))
    return encode(mark(image), "WEBP", label.derived("preview"))


class Previews:
    """The previews of one job; `label` is its picture's. They are passed on beside the job, which waits for none."""

    def __init__(self, show: OnPreview, label: Label, clock: Clock) -> None:
        self._show = show
        self._label = label
        self._clock = clock
        self._next = -EVERY_SECONDS
        self._passing: asyncio.Task[None] | None = None

    async def __call__(self, data: bytes, _mime: str) -> None:
        """Pass on a preview, unless it comes too soon after the last one; a later one will follow."""
        now = self._clock()
        if now < self._next or (self._passing is not None and not self._passing.done()):
            return
        self._next = now + EVERY_SECONDS
        self._passing = asyncio.create_task(self._pass(data))

    async def close(self) -> None:
        """Return when none is on its way any more; one that is, is given up."""
        if self._passing is not None:
            await cancelled(self._passing)

    async def _pass(self, data: bytes) -> None:
        """What cannot be read is left out."""
        try:
            small = await asyncio.to_thread(shrunk, data, self._label)
        except BadPicture as error:
            log.info("preview_unreadable", image=self._label.content_id, error=str(error))
        else:
            await self._show(small, "image/webp")
