"""Looking at a picture before it becomes public, where the operator has installed something that can."""

from collections.abc import Sequence
from typing import Protocol

import structlog
from prometheus_client import Counter

from common.errors import NotFound, Unavailable
from common.objects import ORIGINALS, ObjectStore
from works.domain.moderation import IMAGE, needs_inspection
from works.domain.work import Work
from works.events import Struck

log = structlog.get_logger()

CHECKS = Counter("works_image_checks", "Pictures looked at before publication, by outcome", ["outcome"])


class CannotJudge(Exception):
    """The classifier gave no verdict; `reason` is for people (zh-CN), `cause` for the log."""

    def __init__(self, reason: str, cause: object = None) -> None:
        super().__init__(f"{reason}: {cause!r}")
        self.reason = reason


class ImageClassifier(Protocol):
    """Judges pictures."""

    async def objections(self, picture: bytes) -> Sequence[str]:
        """What in the file (PNG) should not be public, each in a few words; empty when nothing is.

        Raises:
            CannotJudge: there is no verdict. Any other error counts as that too.
        """


class Inspection:
    """What the classifier says of works' pictures. It fails closed: no verdict is an objection."""

    def __init__(self, objects: ObjectStore, classifier: ImageClassifier | None) -> None:
        self._objects = objects
        self._classifier = classifier

    async def look(self, work: Work) -> tuple[Struck, ...]:
        """What speaks against publishing the work's picture; nothing without a classifier.

        Raises:
            Unavailable: the object store is down, or has lost the picture.
        """
        if self._classifier is None or not needs_inspection(work):
            return ()
        try:
            picture = await self._objects.get(ORIGINALS, work.image_key)
        except NotFound as error:
            raise Unavailable("图片文件暂时不可用，请稍后再试") from error
        return await self._judged(self._classifier, picture, work.work_id)

    async def _judged(self, classifier: ImageClassifier, picture: bytes, work_id: int) -> tuple[Struck, ...]:
        try:
            objections = await classifier.objections(picture)
        except Exception as error:  # noqa: BLE001  (fails closed, whatever the classifier does)
            CHECKS.labels("failed").inc()
            log.error("picture_not_judged", work_id=work_id, error=repr(error))
            reason = error.reason if isinstance(error, CannotJudge) else "检查程序出错"
            return (Struck(field=IMAGE, rule="image.unchecked", label="图片未能自动检查", words=(reason,)),)
        CHECKS.labels("objected" if objections else "passed").inc()
        if not objections:
            return ()
        return (
            Struck(field=IMAGE, rule="image.classifier", label="图片疑似含有不宜公开的内容", words=tuple(objections)),
        )
