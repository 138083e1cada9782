"""Which stages the journeys run on, and why: `python tests/e2e/choosing.py` says it."""

import os
import sys
from collections.abc import Callable, Mapping

from common.testing.servers.choice import FORCE_LOCAL
from common.testing.servers.containers import docker_answers

KNOWN = {
    "embedded": "one process, as make run",
    "distributed": "a process for each service, behind Traefik",
    "containers": "the services' own images and testcontainers, behind Traefik's",
}


def chosen(environment: Mapping[str, str], docker: Callable[[], bool]) -> dict[str, str]:
    """The stages, each with the reason. An address stands for itself.

    Raises:
        SystemExit: `E2E_STAGES` names a stage that is none.
    """
    if "BASE_URL" in environment:
        return {environment["BASE_URL"]: "BASE_URL is set"}
    if wanted := environment.get("E2E_STAGES"):
        names = [name.strip() for name in wanted.split(",")]
        if unknown := [name for name in names if name not in KNOWN]:
            raise SystemExit(f"E2E_STAGES: no stage is named {', '.join(unknown)}; known are {', '.join(KNOWN)}")
        return dict.fromkeys(names, "E2E_STAGES is set")
    if environment.get(FORCE_LOCAL, "0") not in ("", "0"):
        return {"embedded": "always", "distributed": f"{FORCE_LOCAL} is set"}
    if docker():
        return {"embedded": "always", "containers": "Docker answers"}
    return {"embedded": "always", "distributed": "Docker does not answer"}


def main() -> None:
    """One line a stage."""
    for name, why in chosen(os.environ, docker_answers).items():
        sys.stdout.write(f"stage {name} ({KNOWN.get(name, 'somewhere')}): {why}\n")


if __name__ == "__main__":
    main()
