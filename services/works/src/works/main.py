"""The process: `python -m works.main` serves, `python -m works.main rebuild` makes the read models anew."""

from common.command import rebuilding, run
from works import projections
from works.bootstrap import build, open_store
from works.settings import Settings


async def rebuild(settings: Settings) -> str:
    """Every view from the log, then every figure from the views."""
    store = open_store(settings)
    try:
        await store.prepare()
        await projections.rebuild(store)
        return "rebuilt " + ", ".join(view.name for view in store.views)
    finally:
        await store.db.client.close()


def main() -> None:
    """Serve or rebuild, as the command line and the environment say."""
    run(
        "works.main",
        "works: works, likes, views, comments, ratings, the gallery.",
        Settings,
        build,
        [rebuilding(rebuild)],
    )


if __name__ == "__main__":
    main()
