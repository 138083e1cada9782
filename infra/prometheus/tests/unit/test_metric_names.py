"""What the dashboard and the alerts ask for is what the services expose: names and labels, read from both sides."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import REGISTRY
from prometheus_client.metrics import MetricWrapperBase

ROOT = Path(__file__).parents[4]
ALERTS: list[dict[str, Any]] = yaml.safe_load((ROOT / "infra/prometheus/alerts.yml").read_text())["groups"][0]["rules"]
DASHBOARD: dict[str, Any] = json.loads((ROOT / "infra/grafana/dashboards/creation-engine.json").read_text())
DECLARING = ("common.metrics", "generation.metrics", "gateway.policy", "gateway.limiting")
OF_THE_TARGET = {"job", "instance"}
# Not ours: Prometheus' own, and what RabbitMQ 3.10 and 4 and Traefik 3.7 were seen to expose.
NEIGHBOURS: dict[str, set[str]] = {
    "up": set(),
    "ALERTS": {"alertstate", "alertname"},
    "rabbitmq_detailed_queue_messages": {"queue", "vhost"},
    "rabbitmq_detailed_queue_consumers": {"queue", "vhost"},
    "traefik_open_connections": {"entrypoint", "protocol"},
}
NO_METRIC = {"bool", "and", "or", "unless", "offset", "inf", "nan"}


def exposed() -> dict[str, set[str]]:
    """Each series name of our services, with its labels."""
    for module in DECLARING:
        importlib.import_module(module)
    labels = {
        collector._name: set(collector._labelnames)
        for collector in list(REGISTRY._collector_to_names)
        if isinstance(collector, MetricWrapperBase)
    }
    suffixes = {"counter": ["_total"], "gauge": [""], "histogram": ["_bucket", "_sum", "_count"]}
    found = {}
    for family in REGISTRY.collect():
        for suffix in suffixes.get(family.type, [""]):
            own = {"le"} if suffix == "_bucket" else set()
            found[f"{family.name}{suffix}"] = labels.get(family.name, set()) | own
    return found


def expressions() -> Iterator[tuple[str, str, set[str]]]:
    """Every query with its title, and the labels that its legend names."""
    for rule in ALERTS:
        yield rule["alert"], rule["expr"], set(re.findall(r"\$labels\.(\w+)", str(rule["annotations"])))
    for panel in DASHBOARD["panels"]:
        for target in panel.get("targets", ()):
            yield panel["title"], target["expr"], set(re.findall(r"{{(\w+)}}", target["legendFormat"]))


def asked(expression: str) -> tuple[set[str], set[str]]:
    """The metrics and the labels that an expression names."""
    plain = re.sub(r'"[^"]*"', '""', expression.replace("$__rate_interval", "1m"))
    labels = {name for group in re.findall(r"{([^}]*)}", plain) for name in re.findall(r"(\w+)\s*(?:=|!)", group)}
    labels |= {n for group in re.findall(r"\b(?:by|without|on) \(([^)]*)\)", plain) for n in re.findall(r"\w+", group)}
    rest = re.sub(r"{[^}]*}|\[[^\]]*\]|\b(?:by|without|on) \([^)]*\)", "", plain)
    names = {name for name in re.findall(r"\b[a-zA-Z_]\w*\b(?!\s*\()", rest) if name not in NO_METRIC}
    return names, labels


EXPRESSIONS = list(expressions())


IDS = [f"{title}-{n}" for n, (title, _, _) in enumerate(EXPRESSIONS)]


@pytest.mark.parametrize(("title", "expression", "legend"), EXPRESSIONS, ids=IDS)
def test_a_query_asks_for_what_is_exposed(title: str, expression: str, legend: str) -> None:
    known = exposed() | NEIGHBOURS
    names, labels = asked(expression)
    assert names, title
    assert names <= known.keys()
    for label in labels | set(legend):
        assert label in OF_THE_TARGET or any(label in known[name] for name in names), label


def test_the_reading_of_expressions_sees_a_wrong_name_and_a_wrong_label() -> None:
    names, labels = asked('sum by (service, le) (rate(some_bucket{route!~"a|b", status="5"}[5m])) / other > bool 0.5')
    assert names == {"some_bucket", "other"}
    assert labels == {"service", "le", "route", "status"}


def test_the_committed_dashboard_is_what_its_table_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "infra/grafana"))
    assert importlib.import_module("dashboard").rendered() == (
        ROOT / "infra/grafana/dashboards/creation-engine.json"
    ).read_text(encoding="utf-8")
    for name in ("dashboard", "panels"):
        del sys.modules[name]


def test_panels_do_not_overlap_and_have_ids_of_their_own() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in DASHBOARD["panels"]:
        at = panel["gridPos"]
        cells = {(x, y) for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])}
        assert at["x"] + at["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
    ids = [panel["id"] for panel in DASHBOARD["panels"]]
    assert len(ids) == len(set(ids))


def test_every_alert_says_how_bad_it_is_and_what_is_wrong() -> None:
    for rule in ALERTS:
        assert rule["labels"]["severity"] in {"critical", "warning"}
        assert rule["annotations"]["summary"]


def test_prometheus_asks_every_process_of_ours() -> None:
    config = yaml.safe_load((ROOT / "infra/prometheus/prometheus.yml").read_text())
    asked_for = next(job for job in config["scrape_configs"] if job["job_name"] == "services")["dns_sd_configs"][0]
    containers = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    ours = {name for name, c in containers.items() if str(c["image"]).startswith("creation-engine/")}
    assert set(asked_for["names"]) == ours
