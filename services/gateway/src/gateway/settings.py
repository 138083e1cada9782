"""The settings of the gateway, and of the edge in the embedded mode."""

from pydantic import Field

from common.settings import ProxiedSettings, StoreSettings


class Settings(StoreSettings, ProxiedSettings):
    """Read from the environment."""

    database: str = Field("gateway", validation_alias="GATEWAY_DATABASE", description="the name of its database")
    rate_limit_enabled: bool = Field(True, validation_alias="RATE_LIMIT_ENABLED", description="count requests at all")
    limits_url: str = Field(
        "memory://",
        pattern="^(memory|redis|rediss|valkey|valkeys)://",
        validation_alias="LIMITS_URL",
        description="where requests are counted: memory://, or a Redis or Valkey that all replicas share",
    )
    cors_origins: str = Field(
        "http://localhost:3000",
        validation_alias="CORS_ORIGINS",
        description="origins whose pages may call the API, comma-separated (embedded mode; else Traefik reads it)",
    )
    service_urls: str = Field(
        ",".join(f"{name}=http://{name}:8000" for name in ("auth", "generation", "works", "stats")),
        validation_alias="SERVICE_URLS",
        description="where each service answers, for its part of the API document: NAME=URL, comma-separated",
    )

    @property
    def services(self) -> dict[str, str]:
        """`SERVICE_URLS`, read."""
        pairs = (part.strip().partition("=") for part in self.service_urls.split(",") if part.strip())
        return {name: url for name, _, url in pairs}

    @property
    def origins(self) -> list[str]:
        """`CORS_ORIGINS`, read."""
        return [origin.strip() for origin in self.cors_origins.split(",") if origin.strip()]
