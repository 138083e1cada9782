"""`make faults`: the suite under faults. Settings come from the environment or the command line."""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from faults.checks import table
from faults.harness import run

SETTINGS = (
    ("seed", int, 1, "decides which faults come in which order, and what the users do"),
    ("count", int, 36, "faults, at most"),
    ("minutes", float, 15.0, "minutes, at most; the last reckoning comes after them"),
    ("each", int, 36, "faults between two reckonings"),
    ("users", int, 6, "users at once"),
    ("lanes", int, 3, "faults at once"),
)


def main() -> int:
    """Run, print the tables; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    for name, kind, default, means in SETTINGS:
        variable = f"FAULT_{name.upper()}"
        value = kind(os.environ.get(variable, default))
        parser.add_argument(f"--{name}", type=kind, default=value, help=f"{means} ({variable}, default {default:g})")
    parser.add_argument("--folder", type=Path, help="where data, logs and answers are kept; default: a new one")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="creation-engine-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    _say(f"seed {asked.seed}, {asked.count} faults, at most {asked.minutes:g} minutes, everything in {folder}")
    report = asyncio.run(
        run(
            folder,
            asked.seed,
            asked.count,
            asked.minutes,
            users=asked.users,
            lanes=asked.lanes,
            each=asked.each,
            say=_say,
        )
    )
    _say(f"\n{report.faults.total()} faults in {report.seconds / 60:.1f} minutes, requests {dict(report.requests)}\n")
    for faulted, times in sorted(report.faults.items()):
        _say(f"{times:6} {faulted}")
    _say("\n" + table(report.verdicts))
    return 0 if report.kept else 1


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
