"""The merged document: what the edge adds, and what happens while a service is away."""

from typing import Any

import orjson
import pytest

from common.http.openapi import methods_at
from gateway.documents import Documents, fetched
from gateway.documents.merging import merged
from gateway.documents.sources import ASK_AGAIN_SECONDS, FRESH_SECONDS, ServiceAway

Json = dict[str, Any]


def told(*paths: str, method: str = "get", schemas: Json | None = None) -> Json:
    """A service's own document."""
    operation = {"operationId": "o", "tags": ["作品"], "responses": {"200": {"description": "成功"}}}
    items = {path: {method: {**operation, "responses": dict(operation["responses"])}} for path in paths}
    return {"paths": items, "components": {"schemas": schemas or {}}}


def test_what_the_edge_does_not_let_through_is_not_in_it() -> None:
    document = merged({"works": told("/api/works/my", "/metrics", "/api/users/profile", "/api/unknown")})
    assert list(document["paths"]) == ["/works/my"]


def test_who_may_ask_comes_from_the_route_table() -> None:
    paths = merged({"works": told("/api/works/my", "/api/works/gallery", "/api/works/{work_id}")})["paths"]
    assert paths["/works/my"]["get"]["security"] == [{"bearer": []}]
    assert paths["/works/gallery"]["get"]["security"] == [{}, {"bearer": []}]
    assert paths["/works/{work_id}"]["get"]["security"] == [{}, {"bearer": []}]
    login = merged({"auth": told("/api/users/login", method="post")})["paths"]["/users/login"]["post"]
    assert "security" not in login
    assert "401" not in login["responses"]


def test_what_the_edge_refuses_is_documented_with_its_headers() -> None:
    grant = merged({"generation": told("/api/credits/grants", method="post")})["paths"]["/credits/grants"]["post"]
    assert {"401", "403", "429", "503"} <= set(grant["responses"])
    assert {"Retry-After", "X-RateLimit-Reset"} <= set(grant["responses"]["429"]["headers"])


def test_schemas_bear_the_name_of_their_service_but_for_the_shared() -> None:
    schemas = {"Work": {"properties": {"page": {"$ref": "#/components/schemas/Pagination"}}}, "Pagination": {}}
    merged_schemas = merged({"works": told("/api/works/my", schemas=schemas)})["components"]["schemas"]
    assert set(merged_schemas) == {"works.Work", "Pagination"}
    assert merged_schemas["works.Work"]["properties"]["page"] == {"$ref": "#/components/schemas/Pagination"}


def test_a_literal_path_comes_before_a_templated_one() -> None:
    document = {"paths": {"/a/{id}": {"get": {}, "delete": {}}, "/a/b": {"post": {}}}}
    assert methods_at(document, "/a/b") == ["POST"]
    assert methods_at(document, "/a/7") == ["GET", "DELETE"]
    assert methods_at(document, "/a/7/c") == []


class Works:
    """A service that can be away."""

    def __init__(self) -> None:
        self.away = False
        self.asked = 0

    async def document(self) -> Json:
        self.asked += 1
        if self.away:
            raise ServiceAway("gone")
        return told("/api/works/my")


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_what_a_service_said_last_stands_while_it_is_away() -> None:
    works, clock = Works(), Clock()
    documents = Documents({"works": works.document}, clock)
    first = await documents.openapi(told())
    works.away = True
    clock.now += FRESH_SECONDS
    assert await documents.openapi(told()) == first
    assert works.asked == 2


async def test_a_service_away_from_the_beginning_is_asked_again_soon() -> None:
    works, clock = Works(), Clock()
    works.away = True
    documents = Documents({"works": works.document}, clock)
    assert orjson.loads(await documents.openapi(told()))["paths"] == {}
    works.away = False
    assert orjson.loads(await documents.openapi(told()))["paths"] == {}
    clock.now += ASK_AGAIN_SECONDS
    assert list(orjson.loads(await documents.openapi(told()))["paths"]) == ["/works/my"]


async def test_an_address_where_nobody_answers_is_a_service_away() -> None:
    with pytest.raises(ServiceAway):
        await fetched("http://127.0.0.1:9")()
