"""Settings of works."""

import hashlib
import hmac
from ipaddress import IPv4Network, IPv6Network, ip_network
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, field_validator

from common.labelling import LabelSettings

Network = IPv4Network | IPv6Network


class Settings(LabelSettings):
    """What works reads from the environment."""

    database: str = Field("works", validation_alias="WORKS_DATABASE", description="name of the service's database")
    time_zone: str = Field(
        "Asia/Shanghai",
        validation_alias="WORKS_TIME_ZONE",
        description="IANA time zone in which the gallery's days, weeks and months begin",
    )
    trusted_proxies: str = Field(
        "127.0.0.1,::1",
        validation_alias="TRUSTED_PROXIES",
        description="proxies whose X-Forwarded-For counts: addresses and CIDR ranges, comma-separated",
    )
    viewer_secret: SecretStr | None = Field(
        None,
        validation_alias="WORKS_VIEWER_SECRET",
        description="keys the hashes of viewers' addresses; derived from S3_SECRET_KEY when absent",
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(f"{name!r} is not a time zone of this system") from error
        return name

    @field_validator("trusted_proxies")
    @classmethod
    def _networks_only(cls, text: str) -> str:
        _networks(text)
        return text

    @property
    def zone(self) -> ZoneInfo:
        """The platform's time zone."""
        return ZoneInfo(self.time_zone)

    @property
    def trusted_networks(self) -> list[Network]:
        """The proxies between browser and service."""
        return _networks(self.trusted_proxies)

    @property
    def viewer_key(self) -> bytes:
        """The key of the viewers' hashes, the same in every replica."""
        if self.viewer_secret is not None:
            return self.viewer_secret.get_secret_value().encode()
        return hmac.new(self.s3_secret_key.get_secret_value().encode(), b"works viewers", hashlib.sha256).digest()


def _networks(text: str) -> list[Network]:
    return [ip_network(part.strip()) for part in text.split(",") if part.strip()]
