"""The dashboard: `python infra/grafana/dashboard.py` writes the file that Grafana reads; a test keeps it so."""

import json
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from panels import ROWS, Panel

Json = dict[str, Any]

OUT = Path(__file__).parent / "dashboards" / "creation-engine.json"
DATASOURCE = {"type": "prometheus", "uid": "prometheus"}
WIDTH, HEIGHT = 24, 8  # of the grid, of a panel


def dashboard() -> Json:
    """The dashboard's document, as Grafana imports it."""
    return {
        "uid": "creation-engine",
        "title": "创想引擎",
        "tags": ["creation-engine"],
        "schemaVersion": 39,
        "editable": False,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "templating": {"list": [_services()]},
        "annotations": {"list": [_alerts()]},
        "panels": list(_panels()),
    }


def _panels() -> Iterator[Json]:
    """Rows, and below each its panels from left to right."""
    ids, y = count(1), 0
    for title, panels in ROWS.items():
        yield {"id": next(ids), "type": "row", "title": title, "collapsed": False, "gridPos": _at(0, y, WIDTH, 1)}
        x, y = 0, y + 1
        height = 4 if panels[0].kind == "stat" else HEIGHT
        for panel in panels:
            if x + panel.width > WIDTH:
                x, y = 0, y + height
            yield {"id": next(ids), "gridPos": _at(x, y, panel.width, height), **_panel(panel)}
            x += panel.width
        y += height


def _panel(panel: Panel) -> Json:
    steps: list[Json] = [{"color": "green", "value": None}]
    if panel.red is not None:
        steps.append({"color": "red", "value": panel.red})
    custom = {"fillOpacity": 8, "showPoints": "never"} if panel.kind == "timeseries" else {}
    targets = [
        {"refId": chr(65 + n), "expr": expression, "legendFormat": legend or panel.title, "datasource": DATASOURCE}
        for n, (legend, expression) in enumerate(panel.queries.items())
    ]
    return {
        "type": panel.kind,
        "title": panel.title,
        "description": panel.says,
        "datasource": DATASOURCE,
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "min": 0,
                "custom": custom,
                "thresholds": {"mode": "absolute", "steps": steps},
            },
            "overrides": [],
        },
        "options": {"legend": {"displayMode": "list", "placement": "bottom"}} if panel.kind == "timeseries" else {},
        "targets": targets,
    }


def _services() -> Json:
    query = "label_values(http_requests_in_flight, service)"
    return {
        "name": "service",
        "type": "query",
        "datasource": DATASOURCE,
        "query": {"query": query, "refId": "services"},
        "refresh": 2,
        "includeAll": True,
        "allValue": ".*",
        "multi": True,
        "current": {"text": "All", "value": "$__all"},
    }


def _alerts() -> Json:
    return {
        "name": "Alerts",
        "datasource": DATASOURCE,
        "enable": True,
        "iconColor": "red",
        "expr": 'ALERTS{alertstate="firing"}',
        "titleFormat": "{{alertname}}",
    }


def _at(x: int, y: int, width: int, height: int) -> Json:
    return {"x": x, "y": y, "w": width, "h": height}


def rendered() -> str:
    """The file's text, a panel a line."""
    panels = ",\n".join(json.dumps(panel, ensure_ascii=False) for panel in _panels())
    frame = json.dumps({**dashboard(), "panels": []}, ensure_ascii=False, indent=1)
    return frame.replace('"panels": []', f'"panels": [\n{panels}\n ]') + "\n"


if __name__ == "__main__":
    OUT.write_text(rendered(), encoding="utf-8")
