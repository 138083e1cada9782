"""The services' settings where all run in one process, and what stands in for their neighbours."""

from dataclasses import dataclass
from typing import Any

import auth.settings
import gateway.settings
import generation.settings
import stats.settings
import works.settings
from common.labelling import TrialLabels
from common.objects import FolderStore
from common.settings import load
from embedded.secrets import random_secret, signing_key
from embedded.settings import Settings

# What separate services must be told, and this mode passes in as objects instead.
PASSED_IN = {
    "rabbitmq_url": "in-process",
    "jwks_url": "http://in-process",
    "s3_endpoint": "http://in-process",
    "s3_access_key": "in-process",
    "s3_secret_key": "in-process",
}
LEASE_SECONDS = 5.0  # after a crash, the one worker finds its own task again this soon


class TrialGeneration(TrialLabels, generation.settings.Settings):
    """Generation's settings where pictures may name nobody."""


class TrialWorks(TrialLabels, works.settings.Settings):
    """Works' settings where pictures may name nobody."""


@dataclass(frozen=True)
class ServiceSettings:
    """The settings of each service."""

    auth: auth.settings.Settings
    generation: TrialGeneration
    works: TrialWorks
    stats: stats.settings.Settings
    gateway: gateway.settings.Settings


def service_settings(settings: Settings, mongodb_url: str) -> ServiceSettings:
    """As the environment and the data folder's secrets say; secrets are made where there are none yet."""
    secrets = settings.data_dir / "secrets"
    given: dict[str, Any] = {
        **PASSED_IN,
        "mongodb_url": mongodb_url,
        "public_url": settings.public_url,
        "trusted_proxies": "",  # browsers connect directly
    }
    return ServiceSettings(
        auth=load(auth.settings.Settings, **given, pem=signing_key(secrets)),
        generation=load(TrialGeneration, **given, lease_seconds=LEASE_SECONDS),
        works=load(TrialWorks, **given, viewer_secret=random_secret(secrets, "viewer-secret")),
        stats=load(stats.settings.Settings, **given),
        gateway=load(gateway.settings.Settings, **given),
    )


def object_folder(settings: Settings) -> FolderStore:
    """Where pictures are kept."""
    media_secret = bytes.fromhex(random_secret(settings.data_dir / "secrets", "media-secret"))
    return FolderStore(settings.data_dir / "objects", settings.public_url, media_secret)
