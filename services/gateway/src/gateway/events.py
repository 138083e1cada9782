"""What happened at the gateway: an administrator closed the platform for maintenance, or opened it again."""

from typing import ClassVar

from common.events import Codec, Event


class MaintenanceStarted(Event):
    """The platform is closed; also when only the words or the hint of an ongoing maintenance change."""

    name: ClassVar[str] = "MaintenanceStarted"
    message: str
    retry_after: int  # seconds


class MaintenanceEnded(Event):
    """The platform is open."""

    name: ClassVar[str] = "MaintenanceEnded"


CODEC = Codec(MaintenanceStarted, MaintenanceEnded)
