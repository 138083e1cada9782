"""The routes of generation."""

from fastapi import APIRouter

from generation.api import ledger, models, progress, remix, tasks
from generation.api.deps import Deps


def routes(deps: Deps) -> list[APIRouter]:
    """All of them."""
    return [models.routes(deps), tasks.routes(deps), remix.routes(deps), progress.routes(deps), ledger.routes(deps)]


__all__ = ["Deps", "routes"]
