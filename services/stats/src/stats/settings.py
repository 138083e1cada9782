"""The settings of stats."""

from pydantic import Field

from common.settings import StoreSettings, ZonedSettings


class Settings(StoreSettings, ZonedSettings):
    """Read from the environment."""

    database: str = Field("stats", validation_alias="STATS_DATABASE", description="the name of its database")
