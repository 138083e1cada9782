"""The WebSocket to one server: a hint that makes waiting shorter. What it misses is found by polling."""

import asyncio
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import quote

import structlog
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from common.cancelling import cancelled
from generation.engines.comfyui.messages import FEATURES, Heard, Over, Preview, Progress, Running, heard

log = structlog.get_logger()

LARGEST_MESSAGE = 16 * 2**20  # errors bring tracebacks, some nodes whole pictures
MOST_UNREAD = 2  # messages
PAUSES = (0.1, 0.5, 1.0, 2.0, 5.0)  # seconds before connecting again; the last one repeats
CLOSE_SECONDS = 1
SILENT_SECONDS = 60  # for a server that is busy loading to answer a ping


@dataclass(eq=False)
class Watch:
    """What was heard of one job. `news` is set with each change; `look` means that its end may have come.

    `preview` is the latest one that nobody has taken; `heard` means that a message about the job came at all.
    """

    news: asyncio.Event = field(default_factory=asyncio.Event)
    part: float = 0.0
    look: bool = False
    preview: Preview | None = None
    heard: bool = False

    def ended(self) -> None:
        """The job may be over."""
        self.look = True
        self.news.set()

    def take(self, message: Heard) -> None:
        """Note what a message about the job says."""
        self.heard = True
        match message:
            case Progress():
                self.part = max(self.part, message.part)
            case Preview():
                self.preview = message
            case Over():
                self.look = True
        self.news.set()


class Listener:
    """One socket under an id of its own: ComfyUI keeps one per id, and sends an id only what it submitted.

    With `client_id` it takes over what another one submitted: that one hears nothing more.
    """

    def __init__(self, url: str, client_id: str | None = None) -> None:
        self.client_id = client_id or uuid.uuid4().hex
        self._address = f"ws{url.removeprefix('http')}/ws?clientId={quote(self.client_id, safe='')}"
        self._connected = asyncio.Event()
        self._deaf = asyncio.Event()
        self._watches: dict[Watch, str] = {}  # two of one job while another attempt takes it over
        self._running: str | None = None
        self._task: asyncio.Task[None] | None = None

    @contextmanager
    def watch(self, prompt_id: str) -> Iterator[Watch]:
        """Hear of a job while the block runs; open it before submitting, since nothing is said twice."""
        watch = Watch()
        self._watches[watch] = prompt_id
        try:
            yield watch
        finally:
            del self._watches[watch]

    async def ready(self, seconds: float) -> None:
        """Start listening; returns when the socket is open, or when the time is up, which costs no more than speed."""
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._listen(), name="comfyui listener")
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._connected.wait()

    @property
    def connected(self) -> bool:
        """Whether the socket is open."""
        return self._connected.is_set()

    def renew(self) -> None:
        """Close the socket and open another: this one says nothing, although it is open.

        That is so when the server took an older socket of this id for closed only after it knew this one.
        """
        self._deaf.set()

    async def close(self) -> None:
        """Close the socket."""
        if self._task is not None:
            await cancelled(self._task)

    async def _listen(self) -> None:
        failures = 0
        while True:
            try:
                async with connect(
                    self._address,
                    max_size=LARGEST_MESSAGE,
                    max_queue=MOST_UNREAD,
                    proxy=None,
                    close_timeout=CLOSE_SECONDS,
                    ping_timeout=SILENT_SECONDS,
                ) as socket:
                    failures = 0
                    await self._until_deaf(socket)
            except (OSError, TimeoutError, WebSocketException) as error:
                log.info("comfyui_socket_closed", url=self._address, error=repr(error))
            finally:
                self._connected.clear()
                self._all_may_have_ended()
            await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)])
            failures += 1

    async def _until_deaf(self, socket: ClientConnection) -> None:
        self._deaf.clear()
        hearing, deaf = asyncio.create_task(self._hear(socket)), asyncio.create_task(self._deaf.wait())
        try:
            await asyncio.wait([hearing, deaf], return_when=asyncio.FIRST_COMPLETED)
            if hearing.done():
                hearing.result()
        finally:
            await cancelled(hearing, deaf)

    async def _hear(self, socket: ClientConnection) -> None:
        await socket.send(FEATURES)
        self._connected.set()
        self._all_may_have_ended()
        async for message in socket:
            self._take(message)

    def _all_may_have_ended(self) -> None:
        """Messages may have been missed."""
        for watch in self._watches:
            watch.ended()

    def _take(self, message: str | bytes) -> None:
        news = heard(message)
        if news is None:
            return
        if isinstance(news, Running):
            self._running = news.prompt_id
        about = news.prompt_id or self._running
        for watch, prompt_id in self._watches.items():
            if prompt_id == about:
                watch.take(news)
