"""The operator's own content rules."""

from pathlib import Path

from pydantic import Field, field_validator

from common.moderation.force import read_rules, use_rules
from common.settings import ServiceSettings


class ModerationSettings(ServiceSettings):
    """What a service that judges texts reads besides."""

    rules_file: Path | None = Field(
        None,
        validation_alias="MODERATION_RULES_FILE",
        description="TOML file of content rules, laid over the built-in ones by id; read at start",
    )

    @field_validator("rules_file", mode="before")
    @classmethod
    def _none(cls, path: object) -> object:
        return None if path == "" else path

    @field_validator("rules_file")
    @classmethod
    def _readable(cls, path: Path | None) -> Path | None:
        if path is not None:
            read_rules(path)
        return path

    def put_rules_in_force(self) -> None:
        """The rules of this process are the built-in ones with this file over them; see `common.moderation`."""
        use_rules(self.rules_file)
