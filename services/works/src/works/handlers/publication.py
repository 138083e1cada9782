"""The public copies of a work's picture."""

import asyncio
import secrets
from datetime import timedelta

from common.errors import NotFound, Unavailable
from common.objects import ORIGINALS, PUBLIC, ObjectStore
from works.domain.work import PublicCopy, Work
from works.handlers.removals import Removals

UNUSED_COPIES_LIVE = timedelta(hours=1)


async def make_public_copy(work: Work, objects: ObjectStore, removals: Removals) -> PublicCopy:
    """Copy picture and thumbnail into the public bucket under fresh keys that nobody can guess.

    The copies are listed for removal until the publication that uses them strikes them off.

    Raises:
        Unavailable: the object store is down, or has lost the picture.
    """
    token = secrets.token_hex(16)
    copy = PublicCopy(
        image_key=f"works/{token}{_ending(work.image_key)}",
        thumbnail_key=f"works/{token}-thumb{_ending(work.thumbnail_key)}",
    )
    await removals.plan(PUBLIC, [copy.image_key, copy.thumbnail_key], after=UNUSED_COPIES_LIVE)
    await asyncio.gather(
        _copy(objects, work.image_key, copy.image_key), _copy(objects, work.thumbnail_key, copy.thumbnail_key)
    )
    return copy


async def _copy(objects: ObjectStore, original: str, public: str) -> None:
    try:
        await objects.put(PUBLIC, public, await objects.get(ORIGINALS, original))
    except NotFound as error:
        raise Unavailable("图片文件暂时不可用，请稍后再试") from error


def _ending(key: str) -> str:
    return f".{key.rpartition('.')[2]}"
