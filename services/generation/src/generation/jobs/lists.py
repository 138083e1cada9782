"""The lists of tasks: those that wait and those being painted."""

import argparse

from common.mongo import Document
from common.operations import Operations
from generation.domain.tasks import task_of
from generation.engines.comfyui.placing import picture_of
from generation.jobs.shown import age, answer, span, with_json
from generation.projections import pool, progress
from generation.projections import queue as queues

QUEUE = ("place", "task", "user", "age", "images", "model", "size")
RUNNING = ("task", "user", "attempt", "percent", "images", "age", "worker", "server", "lease")


def queue_asked(parser: argparse.ArgumentParser) -> None:
    """`--limit`, `--json`."""
    parser.add_argument("--limit", type=int, default=50, metavar="N", help="show the first N (default 50; 0: all)")
    with_json(parser)


async def queue(service: Operations, asked: argparse.Namespace) -> str:
    """The waiting tasks in the order of service, if nobody joins."""
    db = service.store.db
    tasks, running = await queues.waiting(db), (await queues.depths(db))["processing"]
    rows = [_waiting(place, task) for place, task in enumerate(tasks, start=1)]
    users = len({row["user"] for row in rows})
    heading = f"{len(rows)} waiting, of {users} users; {running} being painted."
    return answer(asked, rows[: asked.limit or None], QUEUE, heading=heading)


def _waiting(place: int, task: Document) -> Document:
    order = task["order"]
    return {
        "place": place,
        "task": task["_id"],
        "user": task["user_id"],
        "age": age(task["requested_at"]),
        "images": order["batch_size"],
        "model": order["model"],
        "size": f"{order['width']}x{order['height']}",
        "requested_at": task["requested_at"],
    }


def running_asked(parser: argparse.ArgumentParser) -> None:
    """`--json`."""
    with_json(parser)


async def running(service: Operations, asked: argparse.Namespace) -> str:
    """The tasks being painted, the longest running first."""
    db = service.store.db
    tasks = await queues.running(db)
    noted = await progress.percents(db, [task["_id"] for task in tasks])
    reports = await pool.reports(db)
    rows = [_running(task, noted.get(task["_id"], 0), reports) for task in tasks]
    alone = sum(1 for task in tasks if (task.get("left") or 0) <= 0)
    heading = f"{len(rows)} being painted" + (f", {alone} of them by nobody: the next free worker's." if alone else ".")
    return answer(asked, rows, RUNNING, heading=heading)


def _running(task: Document, percent: int, reports: list[Document]) -> Document:
    batch, left = task["order"]["batch_size"], task.get("left")
    servers = {report["url"] for report in reports if task["_id"] in map(_task_of, report.get("jobs", ()))}
    return {
        "task": task["_id"],
        "user": task["user_id"],
        "attempt": task["attempt"],
        "percent": max(percent, 100 * len(task["images"]) // batch),
        "images": f"{len(task['images'])}/{batch}",
        "age": age(task["started_at"]),
        "worker": (task.get("owner") or "").partition(" ")[0] or None,
        "server": ", ".join(sorted(servers)) or None,
        "lease": _lease(left),
        "lease_seconds_left": left,
        "started_at": task["started_at"],
    }


def _task_of(job: str) -> str | None:
    picture = picture_of(job)
    return task_of(picture) if picture else None


def _lease(left: float | None) -> str:
    """In words: how long the worker is taken to be alive, unless it says so again."""
    if left is None:
        return "none"
    return f"{span(left)} left" if left > 0 else f"ran out {span(-left)} ago"
