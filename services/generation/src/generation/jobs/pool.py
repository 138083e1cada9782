"""The pool of ComfyUI servers, as the workers report it and as operators wish it."""

import argparse
from collections import defaultdict
from datetime import UTC, datetime

from common.mongo import Document
from common.operations import Operations
from generation import handlers
from generation.commands import DrainServer
from generation.handlers import Aggregates
from generation.jobs.shown import acting, answer, with_actor, with_json
from generation.projections import pool as pools

POOL = ("url", "up", "breaker", "running", "queued", "loaded", "draining", "version", "models", "workers", "lacks")
TRUST = ("closed", "half_open", "open")


def asked(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    with_json(parser)


def arguments(parser: argparse.ArgumentParser) -> None:
    """The server's address, and who acts."""
    parser.add_argument("url", metavar="URL", help="the server's address, as in COMFYUI_URLS")
    with_actor(parser)


async def pool(service: Operations, asked: argparse.Namespace) -> str:
    """Every server that a worker reports, or that was drained."""
    reports, draining = await pools.reports(service.store.db), await pools.draining(service.store.db)
    seen: dict[str, list[Document]] = defaultdict(list)
    for report in reports:
        seen[report["url"]].append(report)
    rows = [_server(url, seen.get(url, []), url in draining) for url in sorted({*seen, *draining})]
    workers = len({report["worker"] for report in reports})
    heading = f"{len(rows)} servers, as {workers} workers saw them within the last minute."
    return answer(asked, rows, POOL, heading=heading if rows else "No worker reports a ComfyUI server.")


def _server(url: str, reports: list[Document], draining: bool) -> Document:
    """One server; where workers differ, the worst is shown, and of what is loaded the latest."""
    latest = max(reports, key=lambda report: report["updated_at"], default=Document())
    up = sum(report["up"] for report in reports)
    return {
        "url": url,
        "up": None if not reports else up == len(reports) if up in (0, len(reports)) else f"for {up} of {len(reports)}",
        "breaker": max((report["breaker"] for report in reports), key=TRUST.index, default=None),
        "running": sum(report["running"] for report in reports),
        "queued": max((report["queued"] for report in reports), default=None),
        "loaded": latest.get("loaded"),
        "draining": draining or any(report["draining"] for report in reports),
        "version": latest.get("version"),
        "models": latest.get("checkpoints"),
        "workers": len(reports),
        "lacks": "; ".join(latest.get("lacks") or ()) or None,
        "reports": reports,
    }


async def drain(service: Operations, asked: argparse.Namespace) -> str:
    """No new jobs; those that it has are seen through."""
    url = await _drained(service, asked, draining=True)
    return f"{url} gets no new jobs; those that it has are seen through. `pool` shows when none is left."


async def undrain(service: Operations, asked: argparse.Namespace) -> str:
    """New jobs again."""
    return f"{await _drained(service, asked, draining=False)} gets new jobs again."


async def _drained(service: Operations, asked: argparse.Namespace, *, draining: bool) -> str:
    url, db = str(asked.url).rstrip("/"), service.store.db
    known = {report["url"] for report in await pools.reports(db)} | await pools.draining(db)
    if url not in known:
        there = ", ".join(sorted(known)) or "none"
        raise SystemExit(f"No worker has a server {url}; there are: {there}.")
    with acting(asked):
        await handlers.drain_server(DrainServer(url, draining, datetime.now(UTC)), Aggregates.of(service.store, 0))
    return url
