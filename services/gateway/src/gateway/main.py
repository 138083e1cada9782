"""The gateway's process: `python -m gateway.main`."""

import argparse

from common.service import serve
from common.settings import load
from gateway.bootstrap import build
from gateway.settings import Settings


def main() -> None:
    """Serve until SIGTERM or Ctrl-C, as the environment says."""
    names = ", ".join(str(field.validation_alias) for field in Settings.model_fields.values())
    argparse.ArgumentParser(
        prog="python -m gateway.main", description="创想引擎 gateway", epilog=f"Settings (environment): {names}."
    ).parse_args()
    settings = load(Settings)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
