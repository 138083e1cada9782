"""The process: `python -m works.main` serves, `python -m works.main rebuild` makes the read models anew."""

import argparse
import asyncio

from common.service import serve
from common.settings import load
from works.bootstrap import build, open_store
from works.projections import rebuild
from works.settings import Settings


def main() -> None:
    """Read settings from the environment, then serve or rebuild."""
    parser = argparse.ArgumentParser(
        prog="works", description=__doc__, epilog=_settings(), formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("command", nargs="?", choices=["serve", "rebuild"], default="serve")
    command = parser.parse_args().command
    settings = load(Settings)
    if command == "rebuild":
        asyncio.run(_rebuild(settings))
    else:
        serve(build(settings), settings)


async def _rebuild(settings: Settings) -> None:
    store = open_store(settings)
    try:
        await store.prepare()
        await rebuild(store)
    finally:
        await store.db.client.close()


def _settings() -> str:
    fields = Settings.model_fields.values()
    return "settings:\n" + "\n".join(f"  {field.validation_alias}: {field.description}" for field in fields)


if __name__ == "__main__":
    main()
