"""The process: `python -m stats.main` serves, `python -m stats.main rebuild` asks for the whole history again."""

from common.command import rebuilding, run
from stats.bootstrap import build
from stats.rebuild import run as rebuild
from stats.settings import Settings


def main() -> None:
    """Serve or rebuild, as the command line and the environment say."""
    run("stats.main", "stats: the figures of every user.", Settings, build, [rebuilding(rebuild)])


if __name__ == "__main__":
    main()
