"""The switch as one document, which every replica reads."""

from pydantic import BaseModel

from common.events import Recorded
from common.http import Moment
from common.mongo import Database, Document
from common.projections import View
from gateway.domain import Maintenance, evolve

THE_ONE = 1  # the key of the only stream, `maintenance-1`


class MaintenanceState(BaseModel):
    """The switch, who moved it last, and when; both are none where nobody ever did."""

    enabled: bool
    message: str
    retry_after: int
    updated_by: int | None = None
    updated_at: Moment | None = None


def fold(document: Document | None, recorded: Recorded) -> Document:
    """The document after one more event."""
    before = Maintenance.model_validate(document) if document else Maintenance()
    after = evolve(before, recorded.event)
    return {**after.model_dump(), "updated_by": recorded.actor, "updated_at": recorded.at}


MAINTENANCE = View("maintenance", "maintenance", fold, key=int)


async def maintenance_state(db: Database) -> MaintenanceState:
    """The switch as it stands."""
    document = await db[MAINTENANCE.name].find_one({"_id": THE_ONE})
    return MaintenanceState.model_validate(document or Maintenance().model_dump())
