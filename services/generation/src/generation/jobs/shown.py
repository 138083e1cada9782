"""How answers to operators look: a table for people, JSON for machines."""

import argparse
import getpass
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from common.context import Context, bound, new_id
from common.mongo import Document

UNITS = (("d", 86_400), ("h", 3_600), ("min", 60))


def with_json(parser: argparse.ArgumentParser) -> None:
    """The option `--json`."""
    parser.add_argument("--json", action="store_true", help="answer in JSON, for machines")


def with_actor(parser: argparse.ArgumentParser) -> None:
    """The option `--actor`."""
    parser.add_argument(
        "--actor", type=int, metavar="USER_ID", help="the administrator who acts, for the log; by default none is named"
    )


@contextmanager
def acting(asked: argparse.Namespace) -> Iterator[None]:
    """What is done inside stands in the log as an operator's: its correlation id names the account on this machine."""
    with bound(Context(f"operator-{getpass.getuser()}-{new_id()[:8]}", actor=asked.actor)):
        yield


def answer(asked: argparse.Namespace, rows: Sequence[Document], columns: Sequence[str], *, heading: str) -> str:
    """The rows as JSON, or under a heading as a table of some of their columns."""
    if asked.json:
        return json.dumps(rows, ensure_ascii=False, indent=1, default=_plain)
    return "\n".join([heading, *(table(rows, columns) if rows else [])])


def table(rows: Sequence[Document], columns: Sequence[str]) -> list[str]:
    """Lines with the columns one under another; `-` where there is nothing."""
    cells = [[name.upper() for name in columns], *([_cell(row[name]) for name in columns] for row in rows)]
    widths = [max(len(line[n]) for line in cells) for n in range(len(columns))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in cells]


def age(since: datetime | None) -> str | None:
    """How long ago that was: `12 s`, `3 min`, `2 h`, `4 d`."""
    return span((datetime.now(UTC) - since).total_seconds()) if since is not None else None


def span(seconds: float) -> str:
    """A length of time in its largest whole unit."""
    for unit, size in UNITS:
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{max(0, seconds):.0f} s"


def _cell(value: Any) -> str:
    return "-" if value is None else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
