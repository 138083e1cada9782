"""What generation tells: tasks, their pictures, and what happened to the credits."""

from datetime import datetime
from typing import ClassVar

from pydantic import BaseModel, ConfigDict

from common.messages import Message


class GenerationMessage(Message):
    """A message of the generation service."""

    publisher: ClassVar[str] = "generation"


class GenerationRequested(GenerationMessage):
    """A task was accepted and its credits reserved."""

    name: ClassVar[str] = "GenerationRequested"
    task_id: str
    user_id: int
    batch_size: int
    cost: int
    requested_at: datetime


class GenerationStarted(GenerationMessage):
    """A worker took the task; `attempt` counts from 1."""

    name: ClassVar[str] = "GenerationStarted"
    task_id: str
    user_id: int
    attempt: int


class Recipe(BaseModel):
    """All that made one picture: the same recipe gives the same pixels on the same engine.

    `workflow_sha256` is the SHA-256 of the graph that the engine ran, none for an engine without one.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    prompt: str
    negative_prompt: str
    model: str
    width: int
    height: int
    steps: int
    cfg_scale: float
    seed: int
    sampler: str
    clip_skip: int
    engine: str
    engine_version: str
    workflow_sha256: str | None = None


class ImageGenerated(GenerationMessage):
    """One picture of a task is stored; `index` counts from 0. Keys are in the bucket of originals.

    `image_key` is the original, without the visible label; `labelled_key` the same with it, `preview_key` and
    `thumbnail_key` smaller ones with it (768 and 256 pixels). Older pictures have an unlabelled thumbnail, and no more.
    `sha256` is the file's; `pixels_sha256` that of the decoded pixels alone: 8-bit RGB, row by row from the top left.
    `remix_of` is the work whose recipe was submitted again, if it was.
    """

    name: ClassVar[str] = "ImageGenerated"
    image_id: str
    task_id: str
    user_id: int
    index: int
    image_key: str
    thumbnail_key: str
    sha256: str
    recipe: Recipe
    generated_at: datetime
    pixels_sha256: str | None = None
    remix_of: int | None = None
    labelled_key: str | None = None
    preview_key: str | None = None


class GenerationCompleted(GenerationMessage):
    """Every picture of the task is there."""

    name: ClassVar[str] = "GenerationCompleted"
    task_id: str
    user_id: int
    image_ids: list[str]
    seconds: float


class GenerationFailed(GenerationMessage):
    """The task ended without all of its pictures; `code` is the error code that the API shows."""

    name: ClassVar[str] = "GenerationFailed"
    task_id: str
    user_id: int
    code: str
    reason: str


class CreditsReserved(GenerationMessage):
    """`amount` credits are set aside for a task."""

    name: ClassVar[str] = "CreditsReserved"
    user_id: int
    task_id: str
    amount: int


class CreditsCharged(GenerationMessage):
    """`amount` reserved credits are spent."""

    name: ClassVar[str] = "CreditsCharged"
    user_id: int
    task_id: str
    amount: int


class CreditsRefunded(GenerationMessage):
    """`amount` reserved credits are back in the balance."""

    name: ClassVar[str] = "CreditsRefunded"
    user_id: int
    task_id: str
    amount: int


MESSAGES = (
    GenerationRequested,
    GenerationStarted,
    ImageGenerated,
    GenerationCompleted,
    GenerationFailed,
    CreditsReserved,
    CreditsCharged,
    CreditsRefunded,
)
