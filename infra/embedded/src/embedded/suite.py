"""All services wired together: one bus, one folder of objects, one key set, one edge in front."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.types import ASGIApp, Receive, Scope, Send

import auth.bootstrap
import gateway.bootstrap
import generation.bootstrap
import stats.bootstrap
import works.bootstrap
from common.bus import InProcessBus
from common.http import errors
from common.media import media_routes
from common.objects import FolderStore
from common.security import KeySet, TokenVerifier
from common.service import Service
from embedded.settings import Settings
from embedded.wiring import object_folder, service_settings
from gateway.documents import Source
from gateway.routes import service_for


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
    bus, objects = InProcessBus(), object_folder(settings)
    wired = service_settings(settings, mongodb_url)
    key_set = auth.bootstrap.key_set_of(wired.auth)

    async def published() -> KeySet:
        return key_set

    verifier = TokenVerifier(published)
    shared: dict[str, Any] = {"bus": bus, "objects": objects, "verifier": verifier}
    services = [
        auth.bootstrap.build(wired.auth, bus=bus, objects=objects),
        generation.bootstrap.build(wired.generation, **shared, with_worker=True),
        works.bootstrap.build(wired.works, **shared),
        stats.bootstrap.build(wired.stats, bus=bus, verifier=verifier),
    ]
    apps: dict[str, ASGIApp] = {service.name: service.app for service in services}
    apps["media"] = _media(objects)
    sources = {service.name: _document_of(service.app) for service in services}
    edge, app = gateway.bootstrap.embedded(Dispatcher(apps), wired.gateway, bus=bus, verifier=verifier, sources=sources)
    apps["gateway"] = edge.app
    for service in (*services, edge):
        service.app.state.most_at_once = settings.most_at_once
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
