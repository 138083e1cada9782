"""All services wired together: one bus, one folder of objects, one key set, one edge in front."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

import auth.bootstrap
import auth.settings
import gateway.bootstrap
import gateway.settings
import generation.bootstrap
import generation.settings
import stats.bootstrap
import stats.settings
import works.bootstrap
import works.settings
from common.bus import InProcessBus
from common.http import errors
from common.labelling import TrialLabels
from common.media import media_routes
from common.objects import FolderStore
from common.security import KeySet, TokenVerifier
from common.service import Service
from common.settings import load
from embedded.secrets import random_secret, signing_key
from embedded.settings import Settings
from gateway.documents import Source
from gateway.routes import service_for

# What separate services must be told, and this mode passes in as objects instead.
PASSED_IN = {
    "rabbitmq_url": "in-process",
    "jwks_url": "http://in-process",
    "s3_endpoint": "http://in-process",
    "s3_access_key": "in-process",
    "s3_secret_key": "in-process",
}


class TrialGeneration(TrialLabels, generation.settings.Settings):
    """Generation's settings where pictures may name nobody."""


class TrialWorks(TrialLabels, works.settings.Settings):
    """Works' settings where pictures may name nobody."""


LEASE_SECONDS = 5.0  # after a crash, the one worker finds its own task again this soon


@dataclass(frozen=True)
class Suite:
    """The services, and the app that answers for all of them."""

    services: list[Service]
    app: ASGIApp

    async def start(self) -> None:
        """Start every service; nothing is published before every queue is declared."""
        for service in self.services:
            if service.messaging is not None:
                await service.messaging.declare()
        for service in self.services:
            await service.start()

    async def stop(self) -> None:
        """Stop every service."""
        for service in self.services:
            await service.stop()


class Dispatcher:
    """Sends each request to the service that the gateway's route table names."""

    def __init__(self, apps: Mapping[str, ASGIApp]) -> None:
        self._apps = apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI entry point."""
        service = service_for(scope["path"]) if scope["type"] == "http" else None
        await self._apps[service or "gateway"](scope, receive, send)


def build(settings: Settings, mongodb_url: str) -> Suite:
    """The whole suite, as the environment says; nothing is connected before it starts."""
    secrets = settings.data_dir / "secrets"
    bus = InProcessBus()
    media_secret = bytes.fromhex(random_secret(secrets, "media-secret"))
    objects = FolderStore(settings.data_dir / "objects", settings.public_url, media_secret)
    given: dict[str, Any] = {
        **PASSED_IN,
        "mongodb_url": mongodb_url,
        "public_url": settings.public_url,
        "trusted_proxies": "",  # browsers connect directly
    }

    auth_settings = load(auth.settings.Settings, **given, pem=signing_key(secrets))
    key_set = auth.bootstrap.key_set_of(auth_settings)

    async def published() -> KeySet:
        return key_set

    verifier = TokenVerifier(published)
    shared: dict[str, Any] = {"bus": bus, "objects": objects, "verifier": verifier}
    services = [
        auth.bootstrap.build(auth_settings, bus=bus, objects=objects),
        generation.bootstrap.build(
            load(TrialGeneration, **given, lease_seconds=LEASE_SECONDS), **shared, with_worker=True
        ),
        works.bootstrap.build(
            load(TrialWorks, **given, viewer_secret=random_secret(secrets, "viewer-secret")), **shared
        ),
        stats.bootstrap.build(load(stats.settings.Settings, **given), bus=bus, verifier=verifier),
    ]
    apps: dict[str, ASGIApp] = {service.name: service.app for service in services}
    apps["media"] = _media(objects)
    edge_settings = load(gateway.settings.Settings, **given)
    sources = {service.name: _document_of(service.app) for service in services}
    edge, app = gateway.bootstrap.embedded(Dispatcher(apps), edge_settings, bus=bus, verifier=verifier, sources=sources)
    apps["gateway"] = edge.app
    return Suite([*services, edge], app)


def _document_of(app: FastAPI) -> Source:
    async def document() -> dict[str, Any]:
        return app.openapi()

    return document


def _media(objects: FolderStore) -> FastAPI:
    app = FastAPI(openapi_url=None)
    app.include_router(media_routes(objects))
    errors.install(app)
    return app


def log_file(settings: Settings) -> Path:
    """Where the suite's log goes, since the terminal belongs to the person who started it."""
    return settings.data_dir / "suite.log"
