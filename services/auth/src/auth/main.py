"""The process: `python -m auth.main` serves, `python -m auth.main rebuild` makes the read models anew."""

from auth.bootstrap import build, open_store
from auth.settings import Settings
from common.command import rebuild_views, rebuilding, run


async def rebuild(settings: Settings) -> str:
    """Every view from the log."""
    store = open_store(settings.mongodb_url.get_secret_value(), settings.database)
    try:
        return await rebuild_views(store)
    finally:
        await store.db.client.close()


def main() -> None:
    """Serve or rebuild, as the command line and the environment say."""
    run("auth.main", "auth: users, passwords, roles, follows, signing keys.", Settings, build, [rebuilding(rebuild)])


if __name__ == "__main__":
    main()
