"""Settings come from the environment and are checked at start; what is wrong is said in a sentence."""

import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

from common.clients import Network, networks

T = TypeVar("T", bound=BaseSettings)


class ServiceSettings(BaseSettings):
    """What every service reads. Shared names have no prefix; a service's own bear its name (`WORKS_…`)."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    host: str = Field("127.0.0.1", validation_alias="HOST", description="address to listen on")
    port: int = Field(8000, ge=1, le=65535, validation_alias="PORT", description="port to listen on")
    log_level: str = Field(
        "INFO",
        pattern="^(DEBUG|INFO|WARNING|ERROR)$",
        validation_alias="LOG_LEVEL",
        description="least level logged",
    )
    drain_seconds: float = Field(
        0,
        ge=0,
        le=60,
        validation_alias="DRAIN_SECONDS",
        description="how long a service that is told to stop still answers, not ready, until nobody sends it anything",
    )
    most_at_once: int = Field(
        500,
        ge=1,
        le=10_000,
        validation_alias="MAX_REQUESTS_AT_ONCE",
        description="requests answered at once by one process; whoever comes then gets a 503 immediately",
    )
    otlp_endpoint: str = Field(
        "",
        pattern=r"^(https?://[^/\s]+\S*)?$",
        validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT",
        description="where traces go, http://collector:4318; empty for none",
    )
    tracing_disabled: bool = Field(
        False, validation_alias="OTEL_SDK_DISABLED", description="no traces, whatever else is set"
    )
    otlp_protocol: str = Field(
        "http/protobuf",
        pattern="^http/protobuf$",
        validation_alias="OTEL_EXPORTER_OTLP_PROTOCOL",
        description="how traces go; only http/protobuf is spoken",
    )
    otel_service_name: str = Field(
        "", validation_alias="OTEL_SERVICE_NAME", description="the process's name in traces; empty for its own"
    )
    traced_share: float = Field(
        1.0,
        ge=0,
        le=1,
        validation_alias="OTEL_TRACES_SAMPLER_ARG",
        description="share of the requests that are traced, 0 to 1",
    )


class StoreSettings(ServiceSettings):
    """What a service with a database and messages reads besides."""

    mongodb_url: SecretStr = Field(
        validation_alias="MONGODB_URL", description="MongoDB, a replica set (transactions need one)"
    )
    rabbitmq_url: SecretStr = Field(validation_alias="RABBITMQ_URL", description="RabbitMQ, amqp:// or amqps://")
    jwks_url: str = Field(
        pattern="^https?://", validation_alias="JWKS_URL", description="where auth publishes its key set"
    )
    sweep_hours: float = Field(
        24,
        ge=0,
        le=720,
        validation_alias="SWEEP_INTERVAL_HOURS",
        description="hours between two removals of what nobody needs any more; 0: by the command `sweep` alone",
    )

    @property
    def sweep_interval(self) -> timedelta:
        """`SWEEP_INTERVAL_HOURS`."""
        return timedelta(hours=self.sweep_hours)


class MediaSettings(StoreSettings):
    """What a service that keeps pictures reads besides."""

    s3_endpoint: str = Field(pattern="^https?://", validation_alias="S3_ENDPOINT", description="the S3 server")
    s3_access_key: SecretStr = Field(validation_alias="S3_ACCESS_KEY", description="its access key")
    s3_secret_key: SecretStr = Field(validation_alias="S3_SECRET_KEY", description="its secret key")
    public_url: str = Field(
        pattern="^https?://",
        validation_alias="PUBLIC_URL",
        description="the address that browsers use, for links to pictures",
    )
    object_grace_hours: float = Field(
        24,
        ge=1,
        le=8760,
        validation_alias="OBJECT_GRACE_HOURS",
        description="hours for which an object is left alone that nothing refers to",
    )

    @property
    def object_grace(self) -> timedelta:
        """`OBJECT_GRACE_HOURS`."""
        return timedelta(hours=self.object_grace_hours)


class ProxiedSettings(ServiceSettings):
    """What a service that asks for its clients' addresses reads besides."""

    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        validation_alias="TRUSTED_PROXIES",
        description="proxies whose X-Forwarded headers count: addresses and CIDR ranges, comma-separated",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _networks(cls, text: str) -> str:
        networks(text)
        return text

    @property
    def proxies(self) -> tuple[Network, ...]:
        """`TRUSTED_PROXIES`, read."""
        return networks(self.trusted_proxies)


class ZonedSettings(ServiceSettings):
    """What a service that counts days, weeks and months reads besides."""

    time_zone: str = Field(
        "Asia/Shanghai",
        validation_alias="TIME_ZONE",
        description="IANA time zone in which the platform's days, weeks and months begin",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a time zone of this system") from error
        return name

    @property
    def zone(self) -> ZoneInfo:
        """`TIME_ZONE`, read."""
        return ZoneInfo(self.time_zone)


def load(settings: type[T], **given: Any) -> T:
    """The settings from the environment, but for those `given`; each wrong one is a sentence, and the process ends.

    `<NAME>_FILE` may name a file that holds the setting `<NAME>`: so containers get their secrets.
    """
    try:
        return settings(**{**_from_files(settings, given), **given})
    except ValidationError as error:
        for problem in error.errors():
            name = str(problem["loc"][0]) if problem["loc"] else "settings"
            said = "is missing" if problem["type"] == "missing" else f"is wrong: {problem['msg']}"
            field = settings.model_fields.get(name) or _by_alias(settings, name)
            meaning = f" ({field.description})" if field is not None and field.description else ""
            print(f"The setting {name.upper()}{meaning} {said}.", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def _from_files(settings: type[BaseSettings], given: dict[str, Any]) -> dict[str, str]:
    """The settings that stand in files, by alias; a variable of its own comes first. Ends the process like `load`."""
    aliases = {str(field.validation_alias): name for name, field in settings.model_fields.items()}
    found = {}
    for alias, name in aliases.items():
        path = os.environ.get(f"{alias}_FILE")
        taken = alias in os.environ or alias in given or name in given or f"{alias}_FILE" in aliases
        if path and not taken:
            try:
                found[alias] = Path(path).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError) as error:
                print(f"The setting {alias}_FILE is wrong: {path} cannot be read ({error}).", file=sys.stderr)  # noqa: T201
                raise SystemExit(2) from None
    return found


def _by_alias(settings: type[BaseSettings], alias: str) -> FieldInfo | None:
    for field in settings.model_fields.values():
        if field.validation_alias == alias:
            return field
    return None
