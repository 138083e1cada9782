"""What the gateway's tests share: tokens of their own, settings for a fresh database."""

import pytest
from pydantic import SecretStr

from common.testing.tokens import Tokens
from gateway.settings import Settings


@pytest.fixture
def tokens() -> Tokens:
    return Tokens()


@pytest.fixture
def settings(mongo_url: str, database_name: str) -> Settings:
    return Settings(
        mongodb_url=SecretStr(mongo_url),
        rabbitmq_url=SecretStr("amqp://unused"),
        jwks_url="http://unused/jwks.json",
        database=database_name,
    )
