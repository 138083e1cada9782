"""The API's documents, through both fronts: whole, readable without a token, and true to themselves."""

import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest

from common.asyncapi import HEARS
from common.http.openapi import Json, operations
from embedded.settings import Settings
from embedded.suite import build

CHINESE = re.compile(r"[\u4e00-\u9fff]")
ALWAYS = {"500", "503"}


@pytest.fixture(scope="module")
async def document(http: httpx.AsyncClient) -> Json:
    response = await http.get("/api/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    found: Json = response.json()
    return found


async def test_version_one_is_the_same_document(http: httpx.AsyncClient, document: Json) -> None:
    assert (await http.get("/api/v1/openapi.json")).json() == document
    assert [server["url"] for server in document["servers"]] == ["/api", "/api/v1"]


async def test_every_service_is_in_it(document: Json) -> None:
    services = {operation["operationId"].partition("_")[0] for _, _, operation in operations(document)}
    assert services == {"auth", "generation", "works", "stats", "gateway"}


async def test_operations_have_unique_ids_and_are_told_in_chinese(document: Json) -> None:
    found = [operation for _, _, operation in operations(document)]
    assert [name for name, count in Counter(o["operationId"] for o in found).items() if count > 1] == []
    assert [o["operationId"] for o in found if not CHINESE.search(o["summary"])] == []
    known = {tag["name"] for tag in document["tags"] if CHINESE.search(tag["description"])}
    assert [o["operationId"] for o in found if len(o["tags"]) != 1 or not set(o["tags"]) <= known] == []


async def test_every_operation_says_how_it_is_refused(document: Json) -> None:
    for path, method, operation in operations(document):
        refused = {status for status in operation["responses"] if status >= "400"}
        demanded = ALWAYS | ({"429"} if path != "/docs" else set())
        demanded |= {"400", "413", "422"} if "requestBody" in operation else set()
        demanded |= {"401"} if "security" in operation else set()
        demanded |= {"404", "422"} if "{" in path else set()
        assert demanded - refused == set(), f"{method} {path}"
        for status in refused:
            content = operation["responses"][status]["content"]["application/json"]
            assert set(content["examples"]) == set(content["schema"]["allOf"][1]["properties"]["code"]["enum"])


async def test_every_example_fits_its_schema(document: Json) -> None:
    missing = []
    for path, method, operation in operations(document):
        bodies = [operation["requestBody"]] if "requestBody" in operation else []
        for part in [*bodies, *operation["responses"].values()]:
            content = part["content"].get("application/json")
            if content is None:
                continue
            examples = list(said(content))
            if not examples:
                missing.append(f"{method} {path}")
            for example in examples:
                jsonschema_rs.validate({**content["schema"], "components": document["components"]}, example)
    assert missing == []


def said(content: Json) -> Iterator[Any]:
    """The examples of a body."""
    if "example" in content:
        yield content["example"]
    yield from (example["value"] for example in content.get("examples", {}).values())


async def test_every_reference_leads_somewhere(document: Json) -> None:
    for reference in set(re.findall(r'"\$ref": ?"#/([^"]+)"', httpx.Response(200, json=document).text)):
        found: Any = document
        for part in reference.split("/"):
            found = found[part]


async def test_the_page_loads_everything_from_the_suite_itself(http: httpx.AsyncClient) -> None:
    page = await http.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for address in re.findall(r'(?:src|href)="([^"]+)"', page.text):
        assert address.startswith("/api/"), address
        loaded = await http.get(address)
        assert loaded.status_code == 200, address
    missing = await http.get("/api/docs/other.js")
    assert (missing.status_code, missing.json()["code"]) == (404, "NOT_FOUND")


async def test_the_messages_are_served_beside_it(http: httpx.AsyncClient) -> None:
    assert (await http.get("/api/asyncapi.json")).json()["asyncapi"] == "3.0.0"


async def test_a_stale_token_keeps_nobody_from_reading(http: httpx.AsyncClient) -> None:
    response = await http.get("/api/openapi.json", headers={"Authorization": "Bearer stale"})
    assert response.status_code == 200


def test_who_hears_what_is_what_the_services_say(tmp_path: Path) -> None:
    suite = build(Settings(data_dir=tmp_path), "mongodb://127.0.0.1:1/?directConnection=true")
    heard = {
        s.name: set(s.messaging.consumer.keys) for s in suite.services if s.messaging and s.messaging.consumer.keys
    }
    assert heard == {service: set(keys) for service, keys in HEARS.items()}
