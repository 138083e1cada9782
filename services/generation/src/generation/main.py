"""The HTTP process: `python -m generation.main` serves, with `rebuild` it makes the read models anew."""

from common.command import rebuild_views, rebuilding, run
from generation.bootstrap import build, open_store
from generation.settings import Settings


async def rebuild(settings: Settings) -> str:
    """Every view from the log."""
    store = open_store(settings)
    try:
        return await rebuild_views(store)
    finally:
        await store.db.client.close()


def main() -> None:
    """Serve or rebuild, as the command line and the environment say."""
    run("generation.main", "generation: tasks and the credits ledger.", Settings, build, [rebuilding(rebuild)])


if __name__ == "__main__":
    main()
