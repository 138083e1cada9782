"""One function per command: load, decide, append."""

from functools import partial

from common.event_store import EventStore, Streams
from gateway import domain
from gateway.commands import SwitchMaintenance
from gateway.projections import THE_ONE


async def switch_maintenance(command: SwitchMaintenance, store: EventStore) -> None:
    """Every replica knows it within a second."""
    streams = Streams(store, "maintenance", domain.Maintenance(), domain.evolve)
    await streams.update(THE_ONE, partial(domain.switch, command=command))
