"""Metrics are for operators: no way leads to them through the edge, and no client makes them grow."""

import re

import httpx
import pytest
from people import Person
from prometheus_client.parser import text_string_to_metric_families
from stages import SERVICES, DistributedStage

WAYS = [
    "/metrics",
    "/metrics/",
    "//metrics",
    "/api/../metrics",
    "/api/metrics",
    "/health/metrics",
    "/%6detrics",
    "/METRICS",
]


@pytest.mark.parametrize("path", WAYS)
async def test_no_way_leads_to_the_metrics_through_the_edge(http: httpx.AsyncClient, path: str) -> None:
    url = httpx.URL(str(http.base_url)).copy_with(raw_path=path.encode())
    answer = await http.get(url)
    assert answer.status_code in {401, 404}, path
    assert answer.json()["success"] is False


async def test_every_process_tells_its_own_by_route_templates_only(distributed: DistributedStage) -> None:
    async with httpx.AsyncClient(base_url=distributed.url, timeout=30) as http:
        alice = await Person.register(http)
        for number in range(1, 6):
            await http.get(f"/api/works/{number}/comments")
            await http.get(f"/api/works/no-such-{number}", headers={"Authorization": f"Bearer {alice.token}"})
    async with httpx.AsyncClient(timeout=30) as operator:
        for name in (*SERVICES, "generation.worker"):
            answer = await operator.get(f"http://127.0.0.1:{distributed.ports[name]}/metrics")
            samples = [s for family in text_string_to_metric_families(answer.text) for s in family.samples]
            assert {s.name for s in samples} >= {"http_requests_in_flight", "relay_lag_seconds", "relay_waiting_events"}
            routes = {s.labels["route"] for s in samples if s.name == "http_request_seconds_count"}
            assert not [route for route in routes if re.search(r"no-such|/\d", route)], name
            assert len(samples) < 3_000, name
