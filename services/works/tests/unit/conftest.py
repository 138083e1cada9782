"""What works' unit tests share."""

import pytest

from common.testing.labels import TEST_PROVIDER


@pytest.fixture
def given() -> dict[str, str]:
    """The settings that have no default; nothing listens there."""
    return {
        "mongodb_url": "mongodb://x",
        "rabbitmq_url": "amqp://x",
        "jwks_url": "http://x",
        "s3_endpoint": "http://x",
        "s3_access_key": "x",
        "s3_secret_key": "x",
        "public_url": "http://x",
        "aigc_provider_code": TEST_PROVIDER,
    }
