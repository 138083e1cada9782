"""The HTTP process: `python -m auth.main`."""

import argparse

from auth.bootstrap import build
from auth.settings import Settings
from common.service import serve
from common.settings import load


def main() -> None:
    """Serve until stopped; settings come from the environment."""
    names = [
        f"  {field.validation_alias}: {field.description}{'' if field.is_required() else ' (optional)'}"
        for field in Settings.model_fields.values()
    ]
    argparse.ArgumentParser(
        prog="python -m auth.main",
        description="auth: users, passwords, roles, follows, signing keys. Settings, from the environment:",
        epilog="\n".join(names),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    settings = load(Settings)
    serve(build(settings), settings)


if __name__ == "__main__":
    main()
