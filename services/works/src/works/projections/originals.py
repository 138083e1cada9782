"""Who was given which file without the visible label, and when."""

from pymongo import DESCENDING, IndexModel

from common.events import Recorded
from common.http.pages import Page, PageQuery, paginate
from common.mongo import Database, Document
from common.projections import View
from works.events import OriginalRequested

NEWEST_FIRST = [("requested_at", DESCENDING), ("_id", DESCENDING)]


def fold_original(document: Document | None, recorded: Recorded) -> Document | None:
    """One request, as it was recorded."""
    match recorded.event:
        case OriginalRequested() as event:
            return event.model_dump(exclude={"request_id"})
        case _:
            return document


ORIGINALS = View("originals", "original", fold_original, indexes=[IndexModel(NEWEST_FIRST)])


async def requests(db: Database, owner_id: int | None, paging: PageQuery) -> Page:
    """A page of the requests, of one user where `owner_id` names one, the newest first."""
    match = {} if owner_id is None else {"owner_id": owner_id}
    return await paginate(db, "originals", match, NEWEST_FIRST, paging)
