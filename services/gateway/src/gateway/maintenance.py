"""The switch as this process knows it: within a second of the database's, on every replica."""

from common.errors import AppError
from common.mongo import Database, inserts
from gateway.domain import Maintenance, UnderMaintenance
from gateway.projections import MAINTENANCE, maintenance_state

PATIENCE = 0.5  # seconds between looks when the server's change stream is silent


class Switch:
    """Whether the platform is closed."""

    def __init__(self) -> None:
        self._known = Maintenance()

    def learn(self, maintenance: Maintenance) -> None:
        """Take over the present state."""
        self._known = maintenance

    def refusal(self) -> AppError | None:
        """What to tell whoever is kept out; none while the platform is open."""
        if not self._known.enabled:
            return None
        return UnderMaintenance(self._known.message, headers={"Retry-After": str(self._known.retry_after)})


class SwitchFollower:
    """Keeps this replica's `Switch` up to date; while the database is away it stays as it is."""

    def __init__(self, db: Database, switch: Switch) -> None:
        self._db = db
        self._switch = switch

    async def follow(self) -> None:
        """For ever."""
        async with inserts(self._db, MAINTENANCE.name, patience=PATIENCE) as wait:
            while True:
                await wait()
                await self.refresh()

    async def refresh(self) -> None:
        """Read the database's state once."""
        state = await maintenance_state(self._db)
        self._switch.learn(Maintenance.model_validate(state.model_dump()))
