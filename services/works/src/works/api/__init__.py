"""The HTTP surface of works."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from fastapi import APIRouter

from common.objects import ObjectStore
from works.api import changes, comments, moderation, originals, reactions, reading
from works.api.viewers import Viewers
from works.handlers import Inspection, Journal, PublicCopies


def routes(
    journal: Journal,
    objects: ObjectStore,
    copies: PublicCopies,
    inspection: Inspection,
    *,
    viewers: Viewers,
    zone: ZoneInfo,
) -> Sequence[APIRouter]:
    """Every route of the service."""
    return (
        moderation.routes(journal, objects, copies),
        originals.routes(journal, objects),
        reading.routes(journal, objects, viewers, zone),
        changes.routes(journal, objects, copies, inspection),
        reactions.routes(journal),
        comments.routes(journal, objects),
    )


__all__ = ["Viewers", "routes"]
