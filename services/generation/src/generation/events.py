"""What happened to tasks, accounts and the pool. Streams: `task-<task id>`, `account-<user id>`, `server-<address>`."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from common.events import Codec, Event


class Order(BaseModel):
    """What a user asked for; `width` and `height` in pixels. Picture n has the seed `seed + n`."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    prompt: str
    negative_prompt: str
    model: str
    width: int
    height: int
    batch_size: int
    cfg_scale: float
    steps: int
    seed: int
    sampler: str
    clip_skip: int


class GenerationRequested(Event):
    """A task was accepted at a price. `token` makes the keys of its pictures impossible to guess.

    `remix_of` is the work whose recipe was submitted again, if it was.
    """

    name: ClassVar[str] = "GenerationRequested"
    task_id: str
    user_id: int
    order: Order
    cost: int
    estimated_seconds: int
    token: str
    requested_at: datetime
    remix_of: int | None = None


class GenerationStarted(Event):
    """A worker took the task; `attempt` counts from 1 and fences off the worker of the attempt before."""

    name: ClassVar[str] = "GenerationStarted"
    task_id: str
    user_id: int
    attempt: int
    started_at: datetime


class GenerationRequeued(Event):
    """An operator put a running task back into the queue: nothing that attempt `attempt` still reports counts."""

    name: ClassVar[str] = "GenerationRequeued"
    task_id: str
    user_id: int
    attempt: int
    requeued_at: datetime


class GenerationReleased(Event):
    """A worker that was told to stop left its attempt `attempt` to the next one: it does not count as a failed try."""

    name: ClassVar[str] = "GenerationReleased"
    task_id: str
    user_id: int
    attempt: int
    released_at: datetime


class ImageGenerated(Event):
    """Picture `index` (from 0) is stored; the keys are in the bucket of originals, `sha256` is the original file's.

    `image_key` is the original; the other files bear the visible label, which older ones (without the last two) do not.
    `pixels_sha256` is that of the pixels (see `common.labelling`), `workflow_sha256` that of the graph which the
    engine ran, for an engine that has one. Both are none for pictures made before they were noted.
    """

    name: ClassVar[str] = "ImageGenerated"
    image_id: str
    task_id: str
    user_id: int
    index: int
    seed: int
    order: Order
    engine: str
    engine_version: str
    image_key: str
    thumbnail_key: str
    sha256: str
    generated_at: datetime
    pixels_sha256: str | None = None
    workflow_sha256: str | None = None
    remix_of: int | None = None
    labelled_key: str | None = None
    preview_key: str | None = None


class GenerationCompleted(Event):
    """Every picture is there; `seconds` since the first start."""

    name: ClassVar[str] = "GenerationCompleted"
    task_id: str
    user_id: int
    image_ids: list[str]
    seconds: float
    completed_at: datetime


class GenerationFailed(Event):
    """The task ended early: `code` is CANCELLED or GENERATION_FAILED, `reason` is for people (zh-CN)."""

    name: ClassVar[str] = "GenerationFailed"
    task_id: str
    user_id: int
    code: str
    reason: str
    failed_at: datetime


class AccountOpened(Event):
    """A user has a credits account."""

    name: ClassVar[str] = "AccountOpened"
    user_id: int
    opened_at: datetime


class CreditsGranted(Event):
    """Credits were given. `balance` is what can be spent afterwards, here and in the events below."""

    name: ClassVar[str] = "CreditsGranted"
    user_id: int
    amount: int
    balance: int
    reason: str
    granted_at: datetime


class CreditsReserved(Event):
    """Credits were set aside for a task: they have left the balance."""

    name: ClassVar[str] = "CreditsReserved"
    user_id: int
    task_id: str
    amount: int
    balance: int


class CreditsCharged(Event):
    """Reserved credits are spent; the balance stays."""

    name: ClassVar[str] = "CreditsCharged"
    user_id: int
    task_id: str
    amount: int
    balance: int


class CreditsRefunded(Event):
    """Reserved credits are back in the balance."""

    name: ClassVar[str] = "CreditsRefunded"
    user_id: int
    task_id: str
    amount: int
    balance: int


class ServerDrained(Event):
    """An operator took a ComfyUI server out: it gets no new jobs, those that it has are seen through."""

    name: ClassVar[str] = "ServerDrained"
    url: str
    drained_at: datetime


class ServerReopened(Event):
    """An operator put a drained server back."""

    name: ClassVar[str] = "ServerReopened"
    url: str
    reopened_at: datetime


CODEC = Codec(
    GenerationRequested,
    GenerationStarted,
    GenerationRequeued,
    GenerationReleased,
    ImageGenerated,
    GenerationCompleted,
    GenerationFailed,
    AccountOpened,
    CreditsGranted,
    CreditsReserved,
    CreditsCharged,
    CreditsRefunded,
    ServerDrained,
    ServerReopened,
)
