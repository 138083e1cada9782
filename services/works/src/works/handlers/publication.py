"""The public copies of a work's picture."""

import secrets
from collections.abc import Sequence
from datetime import timedelta

import structlog

from common.errors import NotFound, Unavailable
from common.labelling import BadPicture, Darkroom
from common.mongo import Session
from common.objects import ORIGINALS, PUBLIC, ObjectStore
from works.domain.work import PublicCopy, Work
from works.handlers.removals import Removals

log = structlog.get_logger()

UNUSED_COPIES_LIVE = timedelta(hours=1)


class PublicCopies:
    """Makes what the public sees of pictures: labelled visibly, and in the file."""

    def __init__(self, objects: ObjectStore, removals: Removals, darkroom: Darkroom) -> None:
        self._objects = objects
        self._removals = removals
        self._darkroom = darkroom

    async def make(self, work: Work) -> PublicCopy:
        """Put labelled copies in three sizes into the public bucket under fresh keys that nobody can guess.

        The copies are listed for removal until the publication that uses them strikes them off by `keep`.

        Raises:
            Unavailable: the object store is down, or has lost the picture, or has another file in its place.
        """
        token = secrets.token_hex(16)
        stem = f"works/{token}"
        copy = PublicCopy(f"{stem}.png", f"{stem}-thumb.webp", f"{stem}-preview.webp")
        try:
            original = await self._objects.get(ORIGINALS, work.image_key)
            files = await self._darkroom.publish(original, suffix=token, unlabelled=f"work-{work.work_id}")
        except (NotFound, BadPicture) as error:
            log.error("picture_not_publishable", key=work.image_key, error=repr(error))
            raise Unavailable("图片文件暂时不可用，请稍后再试") from error
        made = {copy.image_key: files.image, copy.preview_key: files.preview, copy.thumbnail_key: files.thumbnail}
        await self._removals.plan(PUBLIC, list(made), after=UNUSED_COPIES_LIVE)
        for key, data in made.items():
            await self._objects.put(PUBLIC, key, data)
        return copy

    async def keep(self, keys: Sequence[str], session: Session) -> None:
        """Strike copies off the list of what is removed: a publication uses them."""
        await self._removals.strike(PUBLIC, keys, session)
