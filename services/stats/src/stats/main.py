"""The process of stats: `python -m stats.main`."""

import argparse

from common.service import serve
from common.settings import load
from stats.bootstrap import build
from stats.settings import Settings


def main() -> None:
    """Serve until SIGTERM or Ctrl-C, as the environment says."""
    names = [f"  {field.validation_alias}: {field.description}" for field in Settings.model_fields.values()]
    argparse.ArgumentParser(
        prog="python -m stats.main",
        description="stats: the figures of every user. Settings, from the environment:",
        epilog="\n".join(names),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    settings = load(Settings)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
