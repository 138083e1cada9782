"""The public copies of a work's picture."""

import asyncio
import secrets
from collections.abc import Sequence
from datetime import timedelta

import structlog

from common import labelling
from common.errors import NotFound, Unavailable
from common.labelling import BadPicture
from common.mongo import Session
from common.objects import ORIGINALS, PUBLIC, ObjectStore
from works.domain.work import PublicCopy, Work
from works.handlers.removals import Removals

log = structlog.get_logger()

UNUSED_COPIES_LIVE = timedelta(hours=1)
DRAWN_AT_ONCE = 2  # pictures in memory, a few MB each


class PublicCopies:
    """Makes what the public sees of pictures: labelled visibly, and in the file. `provider` is named there."""

    def __init__(self, objects: ObjectStore, removals: Removals, provider: str) -> None:
        self._objects = objects
        self._removals = removals
        self._provider = provider
        self._drawing = asyncio.Semaphore(DRAWN_AT_ONCE)

    async def make(self, work: Work) -> PublicCopy:
        """Put labelled copies of picture and thumbnail into the public bucket under fresh keys that nobody can guess.

        The copies are listed for removal until the publication that uses them strikes them off by `keep`.

        Raises:
            Unavailable: the object store is down, or has lost the picture, or has another file in its place.
        """
        token = secrets.token_hex(16)
        copy = PublicCopy(
            image_key=f"works/{token}{_ending(work.image_key)}",
            thumbnail_key=f"works/{token}-thumb{_ending(work.thumbnail_key)}",
        )
        await self._removals.plan(PUBLIC, [copy.image_key, copy.thumbnail_key], after=UNUSED_COPIES_LIVE)
        name = f"work-{work.work_id}"
        await asyncio.gather(
            self._copy(work.image_key, copy.image_key, token, name),
            self._copy(work.thumbnail_key, copy.thumbnail_key, token, f"{name}.thumb"),
        )
        return copy

    async def keep(self, keys: Sequence[str], session: Session) -> None:
        """Strike copies off the list of what is removed: a publication uses them."""
        await self._removals.strike(PUBLIC, keys, session)

    async def _copy(self, original: str, public: str, token: str, name: str) -> None:
        try:
            async with self._drawing:
                data = await self._objects.get(ORIGINALS, original)
                labelled = await asyncio.to_thread(
                    labelling.public_copy, data, self._provider, suffix=token, unlabelled=name
                )
            await self._objects.put(PUBLIC, public, labelled)
        except (NotFound, BadPicture) as error:
            log.error("picture_not_publishable", key=original, error=repr(error))
            raise Unavailable("图片文件暂时不可用，请稍后再试") from error


def _ending(key: str) -> str:
    return f".{key.rpartition('.')[2]}"
