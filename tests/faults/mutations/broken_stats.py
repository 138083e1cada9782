"""Broken builds of stats."""

import importlib
from typing import Any


def inbox_ignored() -> None:
    """What was handled is not noted."""
    consumer = importlib.import_module("common.consumers").Consumer

    async def handle_all(self: Any, envelopes: Any, session: Any) -> Any:
        for envelope in envelopes:
            hear = self._hears[envelope.key]
            await hear.handle(envelope.open(hear.contract), envelope, session)
        return list(envelopes)

    consumer._handle_new = handle_all


def looks_not_counted() -> None:
    """Looks at works are heard of, and make no figure."""

    async def note_view(*_: Any) -> None:
        return

    importlib.import_module("stats.projections").note_view = note_view
