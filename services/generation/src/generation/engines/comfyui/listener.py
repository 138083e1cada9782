"""The WebSocket to one server: a hint that makes waiting shorter. What it misses is found by polling."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from common.cancelling import cancelled
from generation.engines.comfyui.messages import FEATURES, Over, Preview, Progress, Running, heard

log = structlog.get_logger()

LARGEST_MESSAGE = 64 * 2**20  # errors bring tracebacks, some nodes whole pictures
PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds before connecting again; the last one repeats
CLOSE_SECONDS = 1


@dataclass
class Watch:
    """What was heard of one job. `news` is set with each change; `look` means that its end may have come.

    `preview` is the latest one that nobody has taken.
    """

    news: asyncio.Event = field(default_factory=asyncio.Event)
    part: float = 0.0
    look: bool = False
    preview: Preview | None = None

    def ended(self) -> None:
        """The job may be over."""
        self.look = True
        self.news.set()

    def progressed(self, part: float) -> None:
        """The job is so far, or further."""
        self.part = max(self.part, part)
        self.news.set()

    def shown(self, preview: Preview) -> None:
        """The job looks like this."""
        self.preview = preview
        self.news.set()


class Listener:
    """One socket under an id of its own: ComfyUI keeps one per id, and sends an id only what it submitted."""

    def __init__(self, url: str) -> None:
        self.client_id = uuid.uuid4().hex
        self._address = f"ws{url.removeprefix('http')}/ws?clientId={self.client_id}"
        self._connected = asyncio.Event()
        self._watches: dict[str, Watch] = {}
        self._running: str | None = None
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def watch(self, prompt_id: str) -> Iterator[Watch]:
        """Hear of a job while the block runs; open it before submitting, since nothing is said twice."""
        watch = self._watches[prompt_id] = Watch()
        try:
            yield watch
        finally:
            del self._watches[prompt_id]

    async def ready(self, seconds: float) -> None:
        """Start listening; returns when the socket is open, or when the time is up, which costs no more than speed."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="comfyui listener")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._connected.wait()

    async def close(self) -> None:
        """Close the socket."""
        if self._task is not None:
            await cancelled(self._task)

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with connect(
                    self._address, max_size=LARGEST_MESSAGE, proxy=None, close_timeout=CLOSE_SECONDS
                ) as socket:
                    failures = 0
                    await self._hear(socket)
            except (OSError, TimeoutError, WebSocketException) as error:
                log.info("comfyui_socket_closed", url=self._address, error=repr(error))
            finally:
                self._connected.clear()
                self._all_may_have_ended()
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    async def _hear(self, socket: ClientConnection) -> None:
        await socket.send(FEATURES)
        self._connected.set()
        self._all_may_have_ended()
        async for message in socket:
            self._take(message)

    def _all_may_have_ended(self) -> None:
        """Messages may have been missed."""
        for watch in self._watches.values():
            watch.ended()

    def _take(self, message: str | bytes) -> None:
        match heard(message):
            case Running(prompt_id):
                self._running = prompt_id
            case Progress(prompt_id, part) if prompt_id in self._watches:
                self._watches[prompt_id].progressed(part)
            case Over(prompt_id) if prompt_id in self._watches:
                self._watches[prompt_id].ended()
            case Preview() as preview:
                watch = self._watches.get(preview.prompt_id or self._running or "")
                if watch is not None:
                    watch.shown(preview)
            case _:
                pass
