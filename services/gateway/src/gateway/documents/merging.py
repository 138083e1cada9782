"""One document out of the services' own, with what the edge adds: who may ask, which limit counts, what it refuses."""

import re
from collections.abc import Mapping
from typing import Any

from common.errors import NotAllowed, RateLimited, Unauthorized
from common.http.openapi import HEADERS, RATE_LIMIT, SHARED, Json, add_headers, add_refusal, operations
from gateway.documents.introduction import ABOUT, BEARER, SERVERS, TAGS, VERSION
from gateway.domain import UnderMaintenance
from gateway.routes import Access, Limit, Route, find

_BASE = "/api"
_SCHEMAS = "#/components/schemas/"


def merged(documents: Mapping[str, Json]) -> Json:
    """The suite's document from those of its services, by name.

    Only what the edge lets through is in it. Schemas bear their service's name, `works.OwnWork`, but for the shared.
    """
    paths: Json = {}
    schemas: Json = {}
    for service, document in documents.items():
        ours = _qualified(document, service)
        for path, method, operation in operations(ours):
            route = find(method.upper(), _sample(path))
            if route is not None and route.service == service and path.startswith(f"{_BASE}/"):
                paths.setdefault(path.removeprefix(_BASE), {})[method] = _at_the_edge(operation, route)
        schemas |= {_name(name, service): schema for name, schema in ours["components"]["schemas"].items()}
    used = [tag for item in paths.values() for operation in item.values() for tag in operation.get("tags", [])]
    return {
        "openapi": "3.1.0",
        "info": {"title": "创想引擎 API", "version": VERSION, "description": ABOUT},
        "servers": SERVERS,
        "tags": [{"name": name, "description": TAGS.get(name, name)} for name in _in_order(used)],
        "paths": paths,
        "components": {"schemas": schemas, "headers": HEADERS, "securitySchemes": {"bearer": BEARER}},
    }


def _in_order(tags: list[str]) -> list[str]:
    """Each tag once: the known as the introduction has them, then the rest."""
    return [name for name in dict.fromkeys([*TAGS, *tags]) if name in tags]


def _sample(path: str) -> str:
    """A path that fits a template."""
    return re.sub(r"\{[^/}]+\}", "1", path)


def _name(schema: str, service: str) -> str:
    return schema if schema in SHARED else f"{service}.{schema}"


def _qualified(value: Any, service: str) -> Any:
    """A copy in which every reference to a schema bears the service's name."""
    if isinstance(value, dict):
        return {key: _qualified(part, service) for key, part in value.items()}
    if isinstance(value, list):
        return [_qualified(part, service) for part in value]
    if isinstance(value, str) and value.startswith(_SCHEMAS):
        return _SCHEMAS + _name(value.removeprefix(_SCHEMAS), service)
    return value


def _at_the_edge(operation: Json, route: Route) -> Json:
    operation.pop("security", None)
    if route.access is not Access.ANONYMOUS:
        operation["security"] = [{}, {"bearer": []}] if route.access is Access.PUBLIC else [{"bearer": []}]
        add_refusal(operation, Unauthorized.status, Unauthorized.code, Unauthorized.message)
    if route.access is Access.ADMIN:
        add_refusal(operation, NotAllowed.status, NotAllowed.code, NotAllowed.message)
    if route.limit is not Limit.NONE:
        add_refusal(operation, RateLimited.status, RateLimited.code, RateLimited.message)
    add_refusal(operation, UnderMaintenance.status, UnderMaintenance.code, UnderMaintenance.message)
    for status, response in operation["responses"].items():
        limited = status < "400" or status == str(RateLimited.status)
        waits = status == str(RateLimited.status)
        names = ["X-Correlation-ID", *(RATE_LIMIT if limited else ()), *(["Retry-After"] if waits else [])]
        add_headers(response, names)
    operation["responses"] = dict(sorted(operation["responses"].items()))
    return operation
