"""Settings of works."""

import hashlib
import hmac
import shlex
import sys
from importlib.util import find_spec
from shutil import which

from pydantic import Field, SecretStr, field_validator

from common.labelling import LabelSettings
from common.moderation import ModerationSettings
from common.settings import ProxiedSettings, ZonedSettings


class Settings(LabelSettings, ModerationSettings, ProxiedSettings, ZonedSettings):
    """What works reads from the environment."""

    database: str = Field("works", validation_alias="WORKS_DATABASE", description="name of the service's database")
    viewer_secret: SecretStr | None = Field(
        None,
        validation_alias="WORKS_VIEWER_SECRET",
        description="keys the hashes of viewers' addresses; derived from S3_SECRET_KEY when absent",
    )

    image_classifier: str = Field(
        "",
        pattern=r"^(nudenet|exec:\s*\S.*)?$",
        validation_alias="WORKS_IMAGE_CLASSIFIER",
        description="what looks at pictures before publication: nudenet, a package of its own, or exec:COMMAND",
    )
    image_classifier_seconds: float = Field(
        8,
        gt=0,
        le=60,
        validation_alias="WORKS_IMAGE_CLASSIFIER_SECONDS",
        description="how long it may take; then an administrator decides",
    )

    @field_validator("image_classifier")
    @classmethod
    def _installed(cls, name: str) -> str:
        if name == "nudenet" and find_spec("nudenet") is None:
            raise ValueError("the package nudenet is not installed here (pip install nudenet)")
        if name.startswith("exec:") and which(_command(name)[0]) is None:
            raise ValueError(f"{_command(name)[0]} is no program that can be run here")
        return name

    @property
    def classifier_command(self) -> list[str]:
        """The program that looks at pictures, with its arguments; empty for none."""
        return _command(self.image_classifier)

    @property
    def viewer_key(self) -> bytes:
        """The key of the viewers' hashes, the same in every replica."""
        if self.viewer_secret is not None:
            return self.viewer_secret.get_secret_value().encode()
        return hmac.new(self.s3_secret_key.get_secret_value().encode(), b"works viewers", hashlib.sha256).digest()


def _command(name: str) -> list[str]:
    if name.startswith("exec:"):
        return shlex.split(name.removeprefix("exec:"))
    return [sys.executable, "-m", "works.adapters.nudenet"] if name else []
