"""The one table of routes: which service answers, who may ask, and which limit counts. Both fronts read it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Access(StrEnum):
    """Who may ask. A token that is sent must hold, except where it does not matter (`ANONYMOUS`)."""

    ANONYMOUS = "anonymous"  # a token is not even looked at: a stale one must not keep anybody from logging in
    PUBLIC = "public"  # everybody; a token is optional
    USER = "user"
    ADMIN = "admin"


class Limit(StrEnum):
    """Which count a request goes into (`api-spec.zh.md`, 频率限制)."""

    LOGIN = "login"
    REGISTER = "register"
    GENERATE = "generate"
    GENERAL = "general"
    NONE = "none"


ANY = frozenset[str]()
READ = frozenset({"GET", "HEAD"})
POST = frozenset({"POST"})


@dataclass(frozen=True)
class Route:
    """`methods` (all where empty) of a path pattern.

    In a pattern `{id}` is a positive integer and a final `/**` is whatever follows, or nothing.
    `in_maintenance` says that everybody may ask while the platform is closed.
    """

    methods: frozenset[str]
    pattern: str
    service: str
    access: Access
    limit: Limit = Limit.GENERAL
    in_maintenance: bool = False

    def covers(self, path: str) -> bool:
        """Whether the canonical `path` fits the pattern, whatever the method."""
        return _compiled(self.pattern).fullmatch(path) is not None

    def fits(self, method: str, path: str) -> bool:
        """Whether it is this route's request."""
        return (not self.methods or method in self.methods) and self.covers(path)


# The first that fits decides. The last route of a service says that everything else of it needs a token.
# Pictures are not counted: one page of the gallery shows up to 100 of them, they are immutable and meant for caches.
# In maintenance they stay: `<img>` sends no token, so an administrator would see none either. Login stays because only
# its answer tells who is an administrator.
ROUTES: tuple[Route, ...] = (
    Route(READ, "/health/live", "gateway", Access.ANONYMOUS, Limit.NONE, in_maintenance=True),
    Route(READ, "/health/ready", "gateway", Access.ANONYMOUS, Limit.NONE, in_maintenance=True),
    Route(READ, "/media/**", "media", Access.ANONYMOUS, Limit.NONE, in_maintenance=True),
    Route(ANY, "/api/admin/**", "gateway", Access.ADMIN),
    Route(READ, "/api/openapi.json", "gateway", Access.ANONYMOUS),
    Route(READ, "/api/asyncapi.json", "gateway", Access.ANONYMOUS),
    Route(READ, "/api/docs/**", "gateway", Access.ANONYMOUS),
    Route(POST, "/api/users/register", "auth", Access.ANONYMOUS, Limit.REGISTER),
    Route(POST, "/api/users/login", "auth", Access.ANONYMOUS, Limit.LOGIN, in_maintenance=True),
    Route(ANY, "/api/users/register", "auth", Access.PUBLIC),
    Route(ANY, "/api/users/login", "auth", Access.PUBLIC),
    Route(READ, "/api/users/{id}", "auth", Access.PUBLIC),
    Route(ANY, "/api/users/{id}/role", "auth", Access.ADMIN),
    Route(ANY, "/api/users/{id}/disabled", "auth", Access.ADMIN),
    Route(ANY, "/api/users/**", "auth", Access.USER),
    Route(POST, "/api/generate", "generation", Access.USER, Limit.GENERATE),
    Route(POST, "/api/credits/grants", "generation", Access.ADMIN),
    Route(ANY, "/api/models", "generation", Access.USER),
    Route(ANY, "/api/generate/**", "generation", Access.USER),
    Route(ANY, "/api/credits/**", "generation", Access.USER),
    Route(ANY, "/api/works/gallery", "works", Access.PUBLIC),
    Route(ANY, "/api/works/categories", "works", Access.PUBLIC),
    Route(ANY, "/api/works/moderation", "works", Access.ADMIN),
    Route(ANY, "/api/works/originals", "works", Access.ADMIN),
    Route(ANY, "/api/works/{id}/moderation", "works", Access.ADMIN),
    Route(ANY, "/api/works/{id}/featured", "works", Access.ADMIN),
    Route(READ, "/api/works/{id}", "works", Access.PUBLIC),
    Route(READ, "/api/works/{id}/comments", "works", Access.PUBLIC),
    Route(POST, "/api/works/{id}/remix", "generation", Access.USER, Limit.GENERATE),  # a task, with its price and limit
    Route(ANY, "/api/works/{id}/remix", "generation", Access.USER),
    Route(ANY, "/api/works/**", "works", Access.USER),
    Route(ANY, "/api/terms", "works", Access.PUBLIC),
    Route(ANY, "/api/stats/**", "stats", Access.USER),
)


def canonical(path: str) -> str:
    """The path as the services know it: `/api/v1/…` is `/api/…`."""
    return "/api/" + path.removeprefix("/api/v1/") if path.startswith("/api/v1/") else path


def find(method: str, path: str, routes: Sequence[Route] = ROUTES) -> Route | None:
    """The route of a request, its path percent-decoded; none where the method or the path is unknown."""
    wanted = canonical(path)
    return next((route for route in routes if route.fits(method, wanted)), None)


def service_for(path: str) -> str | None:
    """The service that a path belongs to, whatever the method; none for an unknown path."""
    wanted = canonical(path)
    return next((route.service for route in ROUTES if route.covers(wanted)), None)


_patterns: dict[str, re.Pattern[str]] = {}


def expression(pattern: str) -> str:
    """The regular expression of a pattern."""
    text = re.escape(pattern).replace(r"\{id\}", "[1-9][0-9]{0,15}")
    return re.sub(r"/\\\*\\\*$", "(?:/.*)?", text)


def _compiled(pattern: str) -> re.Pattern[str]:
    if pattern not in _patterns:
        _patterns[pattern] = re.compile(expression(pattern), re.DOTALL | re.ASCII)
    return _patterns[pattern]
