"""The settings."""

import pytest
from pydantic import SecretStr, ValidationError

from stats.settings import Settings


def in_zone(name: str) -> Settings:
    return Settings(mongodb_url=SecretStr("x"), rabbitmq_url=SecretStr("x"), jwks_url="http://x", time_zone=name)


def test_the_platforms_zone_is_shanghai() -> None:
    assert Settings.model_fields["time_zone"].default == "Asia/Shanghai"
    assert in_zone("Asia/Shanghai").zone.key == "Asia/Shanghai"


def test_a_zone_that_does_not_exist_is_refused_at_start() -> None:
    with pytest.raises(ValidationError, match="Atlantis"):
        in_zone("Atlantis/Capital")
