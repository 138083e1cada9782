"""The settings of stats."""

from zoneinfo import ZoneInfo

from pydantic import Field, field_validator

from common.settings import StoreSettings


class Settings(StoreSettings):
    """Read from the environment."""

    database: str = Field("stats", validation_alias="STATS_DATABASE", description="the name of its database")
    time_zone: str = Field(
        "Asia/Shanghai",
        validation_alias="STATS_TIME_ZONE",
        description="IANA time zone in which weeks and months begin",
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
        """`STATS_TIME_ZONE`, read."""
        return ZoneInfo(self.time_zone)
