"""What the gateway may be asked to do."""

from dataclasses import dataclass


@dataclass(frozen=True)
class SwitchMaintenance:
    """Close the platform for all but administrators, or open it. `retry_after` in seconds."""

    enabled: bool
    message: str
    retry_after: int
