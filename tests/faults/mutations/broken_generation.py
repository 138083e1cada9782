"""Broken builds of generation, of its API and of its worker alike."""

import importlib
from typing import Any


def order_repeated() -> None:
    """A repeated order is a second one: nobody looks at its `Idempotency-Key`."""
    tasks = importlib.import_module("generation.handlers.tasks")
    once = tasks.once

    async def always(store: Any, _repeatable: Any, work: Any, **turn: Any) -> Any:
        return await once(store, None, work, **turn)

    tasks.once = always


def cancel_ignored() -> None:
    """A cancel is acknowledged, and the task goes on."""

    async def cancel_generation(command: Any, aggregates: Any) -> Any:
        return await aggregates.tasks.load(command.task_id)

    importlib.import_module("generation.handlers").cancel_generation = cancel_generation


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


def publication_not_noted() -> None:
    """The handler of publications fails, however often it tries."""

    async def note_publication(*_: Any) -> None:
        raise RuntimeError("broken on purpose")

    importlib.import_module("generation.projections.works").note_publication = note_publication
