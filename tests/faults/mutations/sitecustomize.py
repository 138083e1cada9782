"""Deliberately broken builds: with this folder on PYTHONPATH, FAULT_MUTATION names one, and the process starts broken.

Python imports `sitecustomize` before anything else. Product code knows nothing of this.
"""

import importlib
import os
import sys
from collections.abc import Callable
from typing import Any

Mutate = Callable[[], None]


def inbox_ignored() -> None:
    """What was handled is not noted."""
    consumers = importlib.import_module("common.consumers")

    async def handle_all(self: Any, envelopes: Any, session: Any) -> Any:
        for envelope in envelopes:
            hear = self._hears[envelope.key]
            await hear.handle(envelope.open(hear.contract), envelope, session)
        return list(envelopes)

    consumers.Consumer._handle_new = handle_all


def marked_before_published() -> None:
    """Each event is marked published, and every third batch is then forgotten, as by a crash at that moment."""
    relay = importlib.import_module("common.relay")
    batches = 0

    async def publish_batch(self: Any, *_: Any) -> int:
        nonlocal batches
        waiting = await self._store.unpublished(relay.BATCH)
        envelopes = [e for e in (relay.to_envelope(r, self._tells) for r in waiting) if e is not None]
        await self._store.mark_published(waiting)
        batches += 1
        if envelopes and batches % 3:
            await self._bus.publish(envelopes)
        return len(waiting)

    relay.Relay.publish_batch = publish_batch


def charged_twice() -> None:
    """A settled task costs double."""
    ledger = importlib.import_module("generation.domain.ledger")
    settle = ledger.settle

    def twice(*args: Any) -> list[Any]:
        events = settle(*args)
        return [again for e in events for again in ([e, e] if type(e).__name__ == "CreditsCharged" else [e])]

    evolve = ledger._settled
    ledger._settled = lambda account, task, amount: (
        evolve(account, task, amount) if task in account.reserved else account
    )
    ledger.settle = twice


def refund_forgotten() -> None:
    """What a task did not use stays set aside."""
    ledger = importlib.import_module("generation.domain.ledger")
    settle = ledger.settle
    ledger.settle = lambda *args: [e for e in settle(*args) if type(e).__name__ != "CreditsRefunded"]


def view_update_dropped() -> None:
    """Read models do not follow changes of works."""
    projections = importlib.import_module("common.projections")
    follow = projections.View.follow

    async def sometimes(self: Any, log: Any, stream: str, news: Any, session: Any) -> None:
        if self.name != "works" or news[0].number == 1:
            await follow(self, log, stream, news, session)

    projections.View.follow = sometimes


def fence_removed() -> None:
    """A picture counts whoever brings it, however often; and each is brought twice."""
    tasks, handlers = (
        importlib.import_module("generation.domain.tasks"),
        importlib.import_module("generation.handlers.tasks"),
    )
    record, recorded = tasks.record_image, handlers.record_image

    def unfenced(task: Any, command: Any) -> Any:
        return record(task.but(images={n: i for n, i in task.images.items() if n != command.index}), command)

    async def twice(command: Any, aggregates: Any) -> Any:
        await recorded(command, aggregates)
        return await recorded(command, aggregates)

    tasks.record_image = unfenced
    importlib.import_module("generation.handlers").record_image = twice


def answered_before_written() -> None:
    """A like is acknowledged and forgotten."""
    reactions = importlib.import_module("works.handlers.reactions")
    domain = importlib.import_module("works.domain.reactions")

    async def like_work(command: Any, _journal: Any) -> Any:
        return domain.Like(liked=bool(command.liked))

    reactions.like_work = like_work
    importlib.import_module("works.handlers").like_work = like_work


def handler_fails() -> None:
    """Statistics cannot take likes."""
    projections = importlib.import_module("stats.projections")

    async def fails(*_: Any) -> None:
        raise RuntimeError("broken on purpose")

    projections.note_like = fails


MUTATIONS: dict[str, tuple[tuple[str, ...], Mutate]] = {
    "inbox_ignored": (("stats",), inbox_ignored),
    "marked_before_published": (("works",), marked_before_published),
    "charged_twice": (("generation",), charged_twice),
    "refund_forgotten": (("generation",), refund_forgotten),
    "view_update_dropped": (("works",), view_update_dropped),
    "fence_removed": (("generation",), fence_removed),
    "answered_before_written": (("works",), answered_before_written),
    "handler_fails": (("stats",), handler_fails),
}


def main() -> None:
    """Break this process, if it is one that is to be broken."""
    name = os.environ.get("FAULT_MUTATION", "")
    module = next((word for word in sys.orig_argv[1:] if word.endswith((".main", ".worker"))), "")
    if name:
        services, mutate = MUTATIONS[name]
        if module.startswith(services):
            mutate()


main()
