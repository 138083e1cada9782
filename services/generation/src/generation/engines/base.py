"""What an engine is: it lists models and paints one picture at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from common import labelling
from generation.events import Order

OnProgress = Callable[[float], Awaitable[None]]
OnPreview = Callable[[bytes, str], Awaitable[None]]
"""Takes a small picture of what is being painted, and its media type."""
Source = Literal["comfyui", "default", "fallback", "error"]


@dataclass(frozen=True)
class Model:
    """A model that can be asked for by its `value`; `label` and `description` are for people."""

    label: str
    value: str
    description: str


@dataclass(frozen=True)
class Catalogue:
    """The models on offer, never empty, the default first; `source` is the document's word for where from."""

    models: tuple[Model, ...]
    source: Source

    def has(self, value: str) -> bool:
        """Whether a model of that name is on offer."""
        return any(model.value == value for model in self.models)


@dataclass(frozen=True)
class Job:
    """One picture: `order` with the seed of this very picture.

    `id` is the picture's name. It is the same in every attempt, and `attempt` counts from 1, so that an engine can
    find a job that an earlier attempt left running. `on_preview` is told previews, by an engine that has any.
    """

    id: str
    order: Order
    seed: int
    attempt: int = 1
    on_preview: OnPreview | None = field(default=None, compare=False)


async def _nothing_to_clear() -> None:
    """The engine keeps nothing of a picture."""


@dataclass(frozen=True)
class Picture:
    """The file that the engine made, as it gave it: whoever keeps it must not trust it.

    `source` says how it was made, `notes` what its file is to say of that. `clear` is called once the picture is
    recorded, or will never be: until then the engine can give it again. It never fails.
    `version` is that of the server which painted, where an engine has several; `workflow_sha256` its graph's.
    """

    data: bytes
    source: labelling.Source
    notes: Mapping[str, str]
    clear: Callable[[], Awaitable[None]] = _nothing_to_clear
    version: str | None = None
    workflow_sha256: str | None = None


class EngineFailed(Exception):
    """The picture was not made. `cause` names the kind of failure.

    Another attempt may succeed, unless there is a `reason` (for the user, zh-CN) why none can.
    """

    def __init__(self, said: str, *, cause: str = "error", reason: str | None = None) -> None:
        super().__init__(said)
        self.cause = cause
        self.reason = reason


class JobCancelled(Exception):
    """The job was stopped because `cancelled` was set."""


class Engine(Protocol):
    """Same order, seed and `version` give the same picture."""

    name: str
    version: str

    async def models(self) -> Catalogue:
        """The models on offer now; never fails."""

    async def paint(self, job: Job, on_progress: OnProgress, cancelled: asyncio.Event) -> Picture:
        """Make the picture, telling progress from 0 to 1 a few times a second.

        Cancelling the coroutine gives up waiting (a stopped worker); `cancelled` stops the job itself.

        Raises:
            EngineFailed: see there.
            JobCancelled: `cancelled` was set before the picture was done.
        """

    async def close(self) -> None:
        """Give up what the engine holds."""
