"""What the gateway removes when nobody needs it any more."""

from common.event_store import EventStore
from common.sweeps import Sweep, expiring, standard_sweeps
from gateway.revocations import LIFE


def sweeps(store: EventStore) -> list[Sweep]:
    """Revocations that are older than any token, and what every service has."""
    ended = expiring(store.db, "revocations", "not_before", LIFE, "revocations of tokens that have expired since")
    return [*standard_sweeps(store), ended]
