"""Points at which a scripted server waits until a test lets it go on."""

import asyncio


class Gate:
    """Open at first. While it is shut, whoever comes by waits; `reached` is set when somebody does."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self._open = asyncio.Event()
        self._open.set()

    def shut(self) -> None:
        """Let nobody pass."""
        self._open.clear()
        self.reached.clear()

    def open(self) -> None:
        """Let everybody pass."""
        self._open.set()

    async def wait(self, *also: asyncio.Event) -> None:
        """Pass when the gate is open, or when one of the other events comes."""
        if self._open.is_set():
            return
        self.reached.set()
        waits = [asyncio.create_task(event.wait()) for event in (self._open, *also)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
