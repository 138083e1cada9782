"""The painting process: `python -m generation.worker`. Any number may run beside the HTTP processes."""

import argparse

from common.service import serve
from common.settings import load
from generation.bootstrap import build_worker
from generation.settings import Settings, described


def main() -> None:
    """Read settings from the environment, then paint until stopped."""
    argparse.ArgumentParser(
        prog="generation.worker",
        description=__doc__,
        epilog=described(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    settings = load(Settings)
    serve(build_worker(settings), settings)


if __name__ == "__main__":
    main()
