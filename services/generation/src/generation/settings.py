"""What generation reads from the environment."""

from pathlib import Path

from pydantic import Field, field_validator

from common.labelling import LabelSettings
from common.moderation import ModerationSettings
from generation.domain.ledger import TASKS_PER_USER
from generation.engines.comfyui import ROOM, workflow

SERVER = r"https?://[^\s,/?#@]+(/[^\s,?#]*)?"
SERVERS = rf"^\s*({SERVER}(\s*,\s*{SERVER})*)?\s*$"


class Settings(LabelSettings, ModerationSettings):
    """See `common.settings` for what every service reads."""

    database: str = Field(
        "generation", validation_alias="GENERATION_DATABASE", description="name of the service's database"
    )
    signup_credits: int = Field(
        500, ge=0, le=1_000_000, validation_alias="SIGNUP_CREDITS", description="credits of a new user"
    )
    tasks_per_user: int = Field(
        TASKS_PER_USER, ge=1, le=10_000, validation_alias="GENERATION_TASKS_PER_USER",
        description="tasks that a user may have waiting or being painted",
    )  # fmt: skip
    streams_per_user: int = Field(
        20, ge=1, le=1_000, validation_alias="GENERATION_STREAMS_PER_USER",
        description="progress streams that a user may have open in one process",
    )  # fmt: skip
    streams: int = Field(
        500, ge=1, le=100_000, validation_alias="GENERATION_STREAMS",
        description="progress streams that one process has open at once",
    )  # fmt: skip
    painters: int | None = Field(
        None, ge=1, le=64, validation_alias="GENERATION_PAINTERS",
        description="tasks painted at once by one worker; unless set, 1, with ComfyUI one for each server",
    )  # fmt: skip
    comfyui_urls: str = Field(
        "",
        pattern=SERVERS,
        validation_alias="COMFYUI_URLS",
        description="ComfyUI servers, http://host:8188, separated by commas; none: the procedural painter",
    )
    comfyui_draining: str = Field(
        "",
        pattern=SERVERS,
        validation_alias="COMFYUI_DRAINING",
        description="those of COMFYUI_URLS that get no new jobs",
    )
    workflow_file: Path | None = Field(
        None,
        validation_alias="GENERATION_WORKFLOW_FILE",
        description="graph in ComfyUI's API format with slots, instead of the built-in one",
    )
    lease_seconds: float = Field(
        30, ge=0.5, le=600, validation_alias="GENERATION_LEASE_SECONDS",
        description="seconds until the task of a killed worker is taken up again",
    )  # fmt: skip

    @field_validator("workflow_file")
    @classmethod
    def _can_be_filled(cls, path: Path | None) -> Path | None:
        if path is not None:
            workflow.read(path)
        return path

    @property
    def servers(self) -> list[str]:
        """The addresses of the ComfyUI servers, each once."""
        return _addresses(self.comfyui_urls)

    @property
    def draining(self) -> list[str]:
        """The addresses of servers that get no new jobs."""
        return _addresses(self.comfyui_draining)

    @property
    def lanes(self) -> int:
        """How many tasks a worker paints at once."""
        return self.painters or max(1, len(self.servers))

    @property
    def abreast(self) -> int:
        """How many pictures of a task a worker paints at once: a batch spreads over the servers."""
        return max(1, ROOM * len(self.servers))


def _addresses(listed: str) -> list[str]:
    found = (address.strip().rstrip("/") for address in listed.split(","))
    return list(dict.fromkeys(address for address in found if address))
