"""Make a user of the running suite an administrator."""

import sys

import auth.admin
from embedded.run import CannotStart, address_file
from embedded.settings import Settings


async def promote(settings: Settings, username: str) -> None:
    """Grant the role through auth's own command; the suite must be running, since its database is."""
    path = address_file(settings)
    if not path.exists():
        raise CannotStart(f"no suite has run with the data folder {settings.data_dir.absolute()}; start it: make run")
    said = await auth.admin.promote(path.read_text(), "auth", username)
    print(said, file=sys.stdout)  # noqa: T201  (the answer of a command line)
