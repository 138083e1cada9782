"""Where the services' documents come from, and the merged one, kept for a while."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import httpx
import orjson
import structlog

from common.http.openapi import Json
from gateway.documents.merging import merged

log = structlog.get_logger()

Source = Callable[[], Awaitable[Json]]

FRESH_SECONDS = 60.0
ASK_AGAIN_SECONDS = 2.0  # after a service has not answered
PATIENCE_SECONDS = 2.0


class ServiceAway(Exception):
    """A service did not say its document."""


def fetched(url: str) -> Source:
    """The document of a service by HTTP; raises `ServiceAway`."""

    async def fetch() -> Json:
        try:
            async with httpx.AsyncClient(timeout=PATIENCE_SECONDS) as client:
                response = await client.get(f"{url.rstrip('/')}/openapi.json")
                document: Json = response.raise_for_status().json()
                return {"paths": document["paths"], "components": document["components"]}
        except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
            raise ServiceAway(repr(error)) from error

    return fetch


class Documents:
    """The merged document, asked for again every minute. What a service said last stands while it is away."""

    def __init__(self, sources: Mapping[str, Source], clock: Callable[[], float] = time.monotonic) -> None:
        self._sources = dict(sources)
        self._clock = clock
        self._known: dict[str, Json] = {}
        self._text = b""
        self._fresh_until = 0.0
        self._asking = asyncio.Lock()

    async def openapi(self, own: Json) -> bytes:
        """The merged document as JSON; `own` is the gateway's part."""
        async with self._asking:
            if self._clock() >= self._fresh_until:
                answered = await asyncio.gather(*(self._ask(name) for name in self._sources))
                in_order = {name: self._known[name] for name in self._sources if name in self._known}
                self._text = orjson.dumps(merged({**in_order, "gateway": own}))
                self._fresh_until = self._clock() + (FRESH_SECONDS if all(answered) else ASK_AGAIN_SECONDS)
        return self._text

    async def _ask(self, name: str) -> bool:
        try:
            self._known[name] = await self._sources[name]()
        except ServiceAway as error:
            log.warning("document_not_fetched", service=name, error=str(error))
            return False
        return True
