"""Waiting for one of several things."""

import asyncio


async def first_of(*events: asyncio.Event, within: float) -> None:
    """Return when one of the events is set, or after `within` seconds."""
    waits = [asyncio.create_task(event.wait()) for event in events]
    try:
        await asyncio.wait(waits, timeout=within, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
