"""What generation reads from the environment."""

from pydantic import Field

from common.settings import MediaSettings


class Settings(MediaSettings):
    """See `common.settings` for what every service reads."""

    database: str = Field(
        "generation", validation_alias="GENERATION_DATABASE", description="name of the service's database"
    )
    signup_credits: int = Field(
        500, ge=0, le=1_000_000, validation_alias="SIGNUP_CREDITS", description="credits of a new user"
    )
    painters: int = Field(
        1, ge=1, le=64, validation_alias="GENERATION_PAINTERS", description="pictures painted at once by one worker"
    )
    lease_seconds: float = Field(
        30, ge=0.5, le=600, validation_alias="GENERATION_LEASE_SECONDS",
        description="seconds until the task of a killed worker is taken up again",
    )  # fmt: skip
