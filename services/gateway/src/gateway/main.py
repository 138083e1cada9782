"""The process: `python -m gateway.main`."""

from common.command import run
from gateway.bootstrap import build
from gateway.settings import Settings


def main() -> None:
    """Serve, as the environment says."""
    run("gateway.main", "gateway: answers Traefik's question whether a request may pass.", Settings, build)


if __name__ == "__main__":
    main()
