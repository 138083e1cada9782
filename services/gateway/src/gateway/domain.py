"""Maintenance: one switch, and what it tells whoever is kept out."""

from collections.abc import Sequence

from common.errors import Unavailable
from common.events import Event, State
from gateway.commands import SwitchMaintenance
from gateway.events import MaintenanceEnded, MaintenanceStarted

MESSAGE = "系统维护中，请稍后再试"
RETRY_AFTER = 600  # seconds


class Maintenance(State):
    """Whether the platform is closed, and with which words."""

    enabled: bool = False
    message: str = MESSAGE
    retry_after: int = RETRY_AFTER


class UnderMaintenance(Unavailable):
    """The platform is closed for all but administrators."""

    code = "MAINTENANCE"
    message = MESSAGE


def evolve(maintenance: Maintenance, event: Event) -> Maintenance:
    """The switch after one more event."""
    match event:
        case MaintenanceStarted():
            return Maintenance(enabled=True, message=event.message, retry_after=event.retry_after)
        case MaintenanceEnded():
            return maintenance.but(enabled=False)
        case _:
            return maintenance


def switch(maintenance: Maintenance, command: SwitchMaintenance) -> Sequence[Event]:
    """Nothing happens where the platform already is as wished."""
    if not command.enabled:
        return [MaintenanceEnded()] if maintenance.enabled else []
    wished = Maintenance(enabled=True, message=command.message, retry_after=command.retry_after)
    if wished == maintenance:
        return []
    return [MaintenanceStarted(message=command.message, retry_after=command.retry_after)]
