"""HTTP: auth's routes, their requests and answers."""

from fastapi import APIRouter

from auth.api import accounts, administration, avatars, follows, keys, profiles
from auth.api.deps import Deps

__all__ = ["Deps", "routes"]


def routes(deps: Deps) -> APIRouter:
    """Every route of the service."""
    router = APIRouter()
    for part in (accounts, profiles, avatars, follows, administration, keys):
        router.include_router(part.routes(deps))
    return router
