"""The HTTP process: `python -m generation.main` serves, with `rebuild` it makes the read models anew."""

import argparse
import asyncio

from common.service import serve
from common.settings import load
from generation.bootstrap import build, open_store
from generation.settings import Settings, described


def main() -> None:
    """Read settings from the environment, then serve or rebuild."""
    parser = argparse.ArgumentParser(
        prog="generation.main",
        description=__doc__,
        epilog=described(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
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
        for view in store.views:
            await view.rebuild(store)
    finally:
        await store.db.client.close()


if __name__ == "__main__":
    main()
