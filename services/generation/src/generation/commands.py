"""What may be asked of tasks, accounts and the pool."""

from dataclasses import dataclass
from datetime import datetime

from generation.events import Order


@dataclass(frozen=True)
class RequestGeneration:
    """Accept a task and set its `cost` aside. `token` is random; see `GenerationRequested`."""

    task_id: str
    user_id: int
    order: Order
    cost: int
    estimated_seconds: int
    token: str
    now: datetime
    remix_of: int | None = None


@dataclass(frozen=True)
class StartGeneration:
    """Take a task for its attempt number `attempt`; only one worker can."""

    task_id: str
    attempt: int
    now: datetime


@dataclass(frozen=True)
class RecordImage:
    """Note that attempt `attempt` has stored picture `index` under these keys."""

    task_id: str
    attempt: int
    index: int
    engine: str
    engine_version: str
    image_key: str
    thumbnail_key: str
    sha256: str
    now: datetime
    labelled_key: str
    preview_key: str
    pixels_sha256: str | None = None
    workflow_sha256: str | None = None


@dataclass(frozen=True)
class CompleteGeneration:
    """Finish a task whose pictures are all recorded."""

    task_id: str
    attempt: int
    now: datetime


@dataclass(frozen=True)
class FailGeneration:
    """Give up a task that no attempt can finish; `reason` is for its owner (zh-CN)."""

    task_id: str
    attempt: int
    reason: str
    now: datetime


@dataclass(frozen=True)
class CancelGeneration:
    """Stop a task on its owner's wish, or on an operator's, who is no user."""

    task_id: str
    user_id: int | None
    now: datetime


@dataclass(frozen=True)
class RequeueGeneration:
    """Let a running task be picked up anew, on an operator's wish."""

    task_id: str
    now: datetime


@dataclass(frozen=True)
class ReleaseGeneration:
    """Leave attempt `attempt` to the next one without counting it, since its worker was told to stop."""

    task_id: str
    attempt: int
    now: datetime


@dataclass(frozen=True)
class OpenAccount:
    """Give a user an account with `signup_credits`; nothing when there is one."""

    user_id: int
    signup_credits: int
    now: datetime


@dataclass(frozen=True)
class GrantCredits:
    """Give credits to a user."""

    user_id: int
    amount: int
    reason: str
    now: datetime


@dataclass(frozen=True)
class DrainServer:
    """Give a ComfyUI server no new jobs, or new ones again; `url` as in `COMFYUI_URLS`, without a slash at its end."""

    url: str
    draining: bool
    now: datetime
