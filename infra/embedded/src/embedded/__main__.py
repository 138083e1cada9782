"""`python -m embedded`: start the suite (`run`), or make a user an administrator (`promote`)."""

import argparse
import sys

from common.local.process import ServerFailed, ServerMissing
from common.settings import load
from embedded import engine
from embedded.run import CannotStart, run
from embedded.settings import Settings


def main() -> None:
    """Parse the command line and obey; what stands in the way is said in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m embedded", description="创想引擎 in one process.")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("run", help="start the suite (the default); settings: PORT, HOST, DATA_DIR, PUBLIC_URL, …")
    promoting = commands.add_parser("promote", help="make a user an administrator: engine auth promote")
    promoting.add_argument("username")
    arguments = parser.parse_args()
    settings = load(Settings)
    try:
        if arguments.command == "promote":
            engine.main(["auth", "promote", arguments.username])
        else:
            run(settings)
    except (CannotStart, ServerFailed, ServerMissing) as error:
        print(f"创想引擎 cannot do that: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(1) from None


if __name__ == "__main__":
    main()
