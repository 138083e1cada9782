"""How an operator's command reaches the services: by their own settings, or in the folder of the embedded mode."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from pymongo import MongoClient
from pymongo.errors import PyMongoError

import auth.main
import auth.operations
import gateway.main
import gateway.operations
import generation.main
import generation.operations
import stats.main
import stats.operations
import works.main
import works.operations
from common.command import Job
from common.local.mongod import Mongod
from common.operations import Neighbours, Operations
from common.settings import load
from embedded.run import CannotStart, address_file
from embedded.settings import Settings
from embedded.wiring import object_folder, service_settings

SERVICES: dict[str, tuple[ModuleType, ModuleType]] = {
    "auth": (auth.main, auth.operations),
    "generation": (generation.main, generation.operations),
    "works": (works.main, works.operations),
    "stats": (stats.main, stats.operations),
    "gateway": (gateway.main, gateway.operations),
}


@dataclass(frozen=True)
class Reached:
    """A service's jobs and the settings to run them with; those are read when asked for, and may end the process."""

    name: str
    jobs: Sequence[Job[Any]]
    settings: Callable[[], Any]
    operations: Callable[[Any], Operations]


def separate() -> dict[str, Reached]:
    """Services that run on their own: each reads its own settings from the environment."""
    return {
        name: Reached(name, main.jobs(), partial(load, main.Settings), operations.operations)
        for name, (main, operations) in SERVICES.items()
    }


@contextmanager
def embedded() -> Iterator[dict[str, Reached]]:
    """The services of `make run`, whether it runs or not."""
    settings = load(Settings)
    with _mongodb(settings) as url:
        wired = service_settings(settings, url)
        neighbours = Neighbours(objects=object_folder(settings))
        services = {}
        for name, (main, operations) in SERVICES.items():
            opened = partial(operations.operations, neighbours=neighbours)
            services[name] = Reached(name, main.jobs(opened), partial(getattr, wired, name), opened)
        yield services


@contextmanager
def _mongodb(settings: Settings) -> Iterator[str]:
    """The database of the running suite; else the one that it was told to use, or its own, started for this job."""
    noted = address_file(settings)
    url = noted.read_text() if noted.exists() else ""
    if url and _answers(url):
        yield url
    elif settings.mongodb_url is not None:
        yield settings.mongodb_url.get_secret_value()
    elif not settings.data_dir.exists():
        raise CannotStart(
            f"there is no data folder {settings.data_dir.absolute()} (setting DATA_DIR); to restore, make it"
        )
    else:
        with Mongod(settings.data_dir / "mongodb") as server:
            yield server.url


def _answers(url: str) -> bool:
    try:
        with MongoClient[dict[str, Any]](url, serverSelectionTimeoutMS=1_000) as client:
            client.admin.command("ping")
    except PyMongoError:
        return False
    return True
