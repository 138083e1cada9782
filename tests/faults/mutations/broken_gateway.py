"""Broken builds of the gateway."""

import asyncio
import importlib
from typing import Any


def consumer_hangs() -> None:
    """The first message is never done with."""

    async def handle(*_: Any) -> None:
        await asyncio.Event().wait()

    importlib.import_module("common.consumers").Consumer.handle = handle
