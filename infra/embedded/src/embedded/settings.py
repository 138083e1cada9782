"""Settings of the embedded mode; every one has a default."""

from pathlib import Path

from pydantic import Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import SettingsConfigDict

from common.settings import ServiceSettings


class Settings(ServiceSettings):
    """What `make run` reads from the environment."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True, validate_default=True)

    data_dir: Path = Field(Path(".data"), validation_alias="DATA_DIR", description="folder for everything that is kept")
    public_url: str = Field(
        "", validation_alias="PUBLIC_URL", description="the address that browsers use, for links to pictures"
    )
    mongodb_url: SecretStr | None = Field(
        None, validation_alias="MONGODB_URL", description="a MongoDB replica set to use instead of an own mongod"
    )

    @field_validator("public_url")
    @classmethod
    def _own_address(cls, value: str, info: ValidationInfo) -> str:
        return value.rstrip("/") or f"http://localhost:{info.data.get('port', 8000)}"
