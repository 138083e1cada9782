"""A TCP proxy between one process and one server: whole, slow, silent, cut, or answering in the server's place."""

import asyncio
from contextlib import suppress

LOCAL = "127.0.0.1"


class Link:
    """Listens on a port of its own and passes on to `target`, a port of this machine."""

    def __init__(self, name: str, target: int) -> None:
        self.name = name
        self.port = 0
        self._target = target
        self._flowing = asyncio.Event()
        self._flowing.set()
        self._cut = False
        self._delay = 0.0
        self._canned: bytes | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    async def listen(self) -> None:
        """Take a free port."""
        self._server = await asyncio.start_server(self._accept, LOCAL, 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def heal(self) -> None:
        """Pass everything on as it comes."""
        self._cut, self._delay, self._canned = False, 0.0, None
        self._flowing.set()

    def cut(self) -> None:
        """Reset what is connected, refuse whoever comes."""
        self._cut = True
        self._drop()

    def silence(self) -> None:
        """Lose every packet: connections stand, nothing arrives."""
        self._flowing.clear()

    def slow(self, seconds: float) -> None:
        """Hold each piece of up to 64 KiB back for so long."""
        self._delay = seconds

    def answer(self, canned: bytes) -> None:
        """Give every new connection this answer to whatever it says."""
        self._canned = canned
        self._drop()

    async def close(self) -> None:
        """End for good."""
        self.cut()
        self._flowing.set()
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _drop(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        try:
            with suppress(
                OSError, asyncio.CancelledError
            ):  # ends here, at `close`: the stream's own callback would complain
                await self._serve(reader, writer)
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._cut:
            return
        if self._canned is not None:
            await reader.read(65536)
            writer.write(self._canned)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            return
        there, back = await asyncio.open_connection(LOCAL, self._target)
        self._open |= {writer, back}
        try:
            await asyncio.gather(self._pass_on(reader, back), self._pass_on(there, writer))
        finally:
            self._open -= {writer, back}
            back.transport.abort()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._flowing.wait()
                if self._delay:
                    await asyncio.sleep(self._delay)
                writer.write(data)
                await writer.drain()
        with suppress(OSError, RuntimeError):
            writer.write_eof() if not self._cut else writer.transport.abort()
