"""`make faults`: the fault run. Settings come from the environment or the command line."""

import argparse
import asyncio
import os
import sys
import tempfile
from pathlib import Path

from faults.checks import table
from faults.harness import run


def main() -> int:
    """Run, print the tables; 0 when every promise was kept."""
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    given = os.environ.get
    parser.add_argument("--seed", type=int, default=int(given("FAULT_SEED", "1")), help="FAULT_SEED: order of the faults")
    parser.add_argument("--count", type=int, default=int(given("FAULT_COUNT", "36")), help="FAULT_COUNT: faults, at most")
    parser.add_argument(
        "--minutes", type=float, default=float(given("FAULT_MINUTES", "15")), help="FAULT_MINUTES: of faults, at most"
    )
    parser.add_argument(
        "--each", type=int, default=int(given("FAULT_EACH", "36")), help="FAULT_EACH: faults between two reckonings"
    )
    parser.add_argument("--users", type=int, default=int(given("FAULT_USERS", "6")), help="FAULT_USERS: at once")
    parser.add_argument("--folder", type=Path, help="keep data, logs and answers here; a new temporary folder if unset")
    asked = parser.parse_args()
    folder = asked.folder or Path(tempfile.mkdtemp(prefix="creation-engine-faults-"))
    folder.mkdir(parents=True, exist_ok=True)
    print(f"seed {asked.seed}, {asked.count} faults, at most {asked.minutes:g} minutes, everything in {folder}")
    report = asyncio.run(
        run(folder, asked.seed, asked.count, asked.minutes, users=asked.users, each=asked.each, say=_say)
    )
    print(f"\n{report.faults.total()} faults in {report.seconds / 60:.1f} minutes, requests {dict(report.requests)}")
    for kind, times in sorted(report.faults.items()):
        print(f"  {times:4} {kind}")
    print("\n" + table(report.verdicts))
    return 0 if report.kept else 1


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
