"""Where pictures are worked on: in a few threads of its own, so that the event loop and memory stay free."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TypeVar

from PIL import Image

from common import metrics
from common.labelling.content import Label, Source
from common.labelling.credentials import Credentials
from common.labelling.files import encode, label_of
from common.labelling.reading import BadPicture, read
from common.labelling.renditions import Renditions, rendering
from common.labelling.repacking import repacked

Result = TypeVar("Result")


@dataclass(frozen=True)
class Developed:
    """A new picture's files: `original` bears no visible label, `shown` are what its owner sees.

    `pixels_sha256` is of the original's pixels, 8-bit RGB, row by row from the top left: the same for one recipe,
    whatever the files' labels say. As by `magick original.png -depth 8 RGB:- | sha256sum`.
    """

    original: bytes
    shown: Renditions
    pixels_sha256: str


class Darkroom:
    """Makes files of pictures; at most `hands` are in memory decoded, others wait as the bytes that they are.

    One of 1024 x 1024 takes about 25 MB, the largest that is read 400 MB. `provider` is named in the labels.
    """

    def __init__(self, provider: str, *, hands: int = 2, credentials: Credentials | None = None) -> None:
        self._provider = provider
        self._credentials = credentials
        self._room = asyncio.Semaphore(hands)
        self._threads = ThreadPoolExecutor(hands, thread_name_prefix="darkroom")

    async def develop(
        self, data: bytes, content_id: str, source: Source, size: tuple[int, int], notes: Mapping[str, str]
    ) -> Developed:
        """The files of what an engine painted, who is not trusted; `notes` go into the original.

        Raises:
            BadPicture: it is no picture of this size.
        """
        label = Label(self._provider, content_id, source)
        async with self._working("develop"):
            image = await self._done(partial(read, data, size))
            (original, pixels), shown = await asyncio.gather(
                self._done(partial(self._original, data, image, label, notes)),
                self._rendered(image, label.derived("shown")),
            )
        return Developed(original, shown, pixels)

    async def publish(self, original: bytes, *, suffix: str, unlabelled: str) -> Renditions:
        """Labelled copies; their content id is the original's with `suffix`, or begins with `unlabelled` without one.

        Raises:
            BadPicture: the original is broken, or another file.
        """
        async with self._working("publish"):
            image, known = await self._done(lambda: (read(original), label_of(original)))
            label = Label(self._provider, known.content_id, known.source) if known else None
            return await self._rendered(image, (label or Label(self._provider, unlabelled, None)).derived(suffix))

    async def close(self) -> None:
        """Finish what is in work."""
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    @asynccontextmanager
    async def _working(self, work: str) -> AsyncIterator[None]:
        """A place in the room, for as long as a picture is decoded."""
        async with self._room:
            try:
                with metrics.PICTURE_SECONDS.labels(work).time():
                    yield
            except BadPicture as error:
                metrics.BAD_PICTURES.labels(error.fault).inc()
                raise

    async def _done(self, work: Callable[[], Result]) -> Result:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    async def _rendered(self, image: Image.Image, label: Label) -> Renditions:
        made = rendering(image, label, self._credentials)
        files = await asyncio.gather(*(self._done(make) for make in made.values()))
        return Renditions(**dict(zip(made, files, strict=True)))

    def _original(self, data: bytes, image: Image.Image, label: Label, notes: Mapping[str, str]) -> tuple[bytes, str]:
        """The file, and the hash of its pixels."""
        original = repacked(data, image, label, notes, self._credentials)
        original = original or encode(image, "PNG", label, notes, credentials=self._credentials)
        return original, hashlib.sha256(image.tobytes()).hexdigest()
