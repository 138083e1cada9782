"""The route table, request by request."""

import pytest

from gateway.routes import ROUTES, Access, Limit, find, service_for

A, P, U, ADMIN = Access.ANONYMOUS, Access.PUBLIC, Access.USER, Access.ADMIN
TABLE = [
    ("POST", "/api/users/register", "auth", A, Limit.REGISTER),
    ("POST", "/api/users/login", "auth", A, Limit.LOGIN),
    ("DELETE", "/api/users/login", "auth", P, Limit.GENERAL),
    ("GET", "/api/users/7", "auth", P, Limit.GENERAL),
    ("PUT", "/api/users/7", "auth", U, Limit.GENERAL),
    ("GET", "/api/users/0", "auth", U, Limit.GENERAL),
    ("GET", "/api/users/٧", "auth", U, Limit.GENERAL),
    ("GET", "/api/users/profile", "auth", U, Limit.GENERAL),
    ("POST", "/api/users/7/follow", "auth", U, Limit.GENERAL),
    ("GET", "/api/models", "generation", U, Limit.GENERAL),
    ("POST", "/api/generate", "generation", U, Limit.GENERATE),
    ("GET", "/api/generate", "generation", U, Limit.GENERAL),
    ("POST", "/api/generate/quote", "generation", U, Limit.GENERAL),
    ("POST", "/api/credits/grants", "generation", ADMIN, Limit.GENERAL),
    ("GET", "/api/credits", "generation", U, Limit.GENERAL),
    ("GET", "/api/works/gallery", "works", P, Limit.GENERAL),
    ("HEAD", "/api/works/gallery", "works", P, Limit.GENERAL),
    ("POST", "/api/works/gallery", "works", P, Limit.GENERAL),
    ("GET", "/api/works/my", "works", U, Limit.GENERAL),
    ("GET", "/api/works/7", "works", P, Limit.GENERAL),
    ("DELETE", "/api/works/7", "works", U, Limit.GENERAL),
    ("GET", "/api/works/7/comments", "works", P, Limit.GENERAL),
    ("POST", "/api/works/7/comments", "works", U, Limit.GENERAL),
    ("GET", "/api/works/moderation", "works", ADMIN, Limit.GENERAL),
    ("POST", "/api/works/7/moderation", "works", ADMIN, Limit.GENERAL),
    ("PUT", "/api/works/7/featured", "works", ADMIN, Limit.GENERAL),
    ("POST", "/api/works/7/appeal", "works", U, Limit.GENERAL),
    ("POST", "/api/works/7/remix", "generation", U, Limit.GENERATE),
    ("GET", "/api/works/7/remix", "generation", U, Limit.GENERAL),
    ("POST", "/api/works/7/remix/", "works", U, Limit.GENERAL),
    ("GET", "/api/works/categories", "works", P, Limit.GENERAL),
    ("GET", "/api/stats/user", "stats", U, Limit.GENERAL),
    ("GET", "/api/openapi.json", "gateway", A, Limit.GENERAL),
    ("GET", "/api/docs", "gateway", A, Limit.GENERAL),
    ("GET", "/media/public/a.png", "media", A, Limit.NONE),
    ("GET", "/health/ready", "gateway", A, Limit.NONE),
]


@pytest.mark.parametrize(("method", "path", "service", "access", "limit"), TABLE)
def test_a_request_finds_its_route(method: str, path: str, service: str, access: Access, limit: Limit) -> None:
    route = find(method, path)
    assert route is not None
    assert (route.service, route.access, route.limit) == (service, access, limit)


@pytest.mark.parametrize(("method", "path"), [row[:2] for row in TABLE if row[1].startswith("/api/")])
def test_version_one_is_the_same_as_no_version(method: str, path: str) -> None:
    assert find(method, path.replace("/api/", "/api/v1/", 1)) == find(method, path)


@pytest.mark.parametrize(
    "path",
    ["", "/", "/api", "/api/", "/api/v2/works/my", "/api/v1/v1/works/my", "/api/workshop", "/API/works/my", "/auth",
     "/errors/404", "/metrics", "/mediafile", "//api/works/my", "/openapi.json"],
)  # fmt: skip
def test_an_unknown_path_belongs_to_nobody(path: str) -> None:
    assert find("GET", path) is None
    assert service_for(path) is None


def test_a_picture_cannot_be_written() -> None:
    assert find("PUT", "/media/public/a.png") is None
    assert service_for("/media/public/a.png") == "media"


@pytest.mark.parametrize(
    "path", ["/api/works/../users/7", "/api/works/gallery/../my", "/api/works/7\n", "/api/works//7"]
)
def test_a_crooked_path_needs_a_token(path: str) -> None:
    route = find("GET", path)
    assert route is not None
    assert route.access is Access.USER


def test_every_service_ends_with_a_route_that_needs_a_token() -> None:
    for prefix in ("users", "models", "generate", "credits", "works", "stats"):
        last = [route for route in ROUTES if route.pattern.startswith(f"/api/{prefix}")][-1]
        assert last.access is Access.USER
        assert not last.methods
