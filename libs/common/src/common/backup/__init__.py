"""Backup and restore of one service: its log, what cannot be made from the log, and its objects, in one file.

Take the services that hear before those that they hear (`common.backup.ORDER`): then no service remembers what another
has forgotten, and what a restored one has missed it hears again, since it asks for the whole history when it starts.
"""

from common.backup.restoring import restore
from common.backup.taking import backup

ORDER = ("stats", "gateway", "works", "generation", "auth")

__all__ = ["ORDER", "backup", "restore"]
