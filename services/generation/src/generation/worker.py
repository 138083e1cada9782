"""The painting process: `python -m generation.worker`. Any number may run beside the HTTP processes."""

from common.command import run
from generation.bootstrap import build_worker
from generation.settings import Settings


def main() -> None:
    """Paint until stopped, as the environment says."""
    run("generation.worker", "generation: the worker that paints.", Settings, build_worker)


if __name__ == "__main__":
    main()
