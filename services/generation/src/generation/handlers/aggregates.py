"""The streams that commands act on."""

from dataclasses import dataclass

from common.event_store import EventStore, Streams
from generation.domain import ledger, servers, tasks


@dataclass(frozen=True)
class Aggregates:
    """Tasks by task id, accounts by user id, ComfyUI servers by address; a new account holds `signup_credits`.

    `tasks_per_user` is how many unfinished tasks a user may have.
    """

    store: EventStore
    tasks: Streams[tasks.Task]
    accounts: Streams[ledger.Account]
    servers: Streams[servers.Pooled]
    signup_credits: int
    tasks_per_user: int

    @classmethod
    def of(cls, store: EventStore, signup_credits: int, tasks_per_user: int = ledger.TASKS_PER_USER) -> "Aggregates":
        """The aggregates kept in `store`."""
        return cls(
            store,
            Streams(store, "task", tasks.Task(), tasks.evolve),
            Streams(store, "account", ledger.Account(), ledger.evolve, snapshots=1),
            Streams(store, "server", servers.Pooled(), servers.evolve),
            signup_credits,
            tasks_per_user,
        )
