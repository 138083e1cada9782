"""The generated configuration."""

import re
from pathlib import Path

import pytest
import yaml

from gateway.routes import ROUTES
from gateway.traefik import ADDRESSES, dynamic_config, main, more_than, render

COMMITTED = Path(__file__).parents[4] / "infra" / "traefik" / "dynamic.yml"


def test_the_committed_file_is_what_the_route_table_says() -> None:
    assert COMMITTED.read_text(encoding="utf-8") == render(dynamic_config())


def test_every_service_of_the_table_has_an_address_and_a_router() -> None:
    routers = dynamic_config()["http"]["routers"]
    asked = {router["service"] for router in routers.values()} - {"policy"}
    assert {route.service for route in ROUTES} == set(ADDRESSES) == asked


def test_every_router_to_a_service_asks_the_policy() -> None:
    answered_here = {"health", "too-large", "media", "media-write", "unknown", "policy"}
    for name, router in dynamic_config()["http"]["routers"].items():
        assert ("policy" in router["middlewares"]) == (name not in answered_here), name


def test_a_write_that_was_sent_is_never_sent_again() -> None:
    http = dynamic_config()["http"]
    for name, router in http["routers"].items():
        if name.endswith(("-write", "-stream")) and "policy" in router["middlewares"]:
            assert [m for m in router["middlewares"] if m.startswith("try-")] == ["try-elsewhere"], name
    assert http["middlewares"]["try-elsewhere"]["retry"].keys() == {"attempts", "initialInterval"}


def test_the_policys_own_entry_point_is_the_only_way_to_it() -> None:
    routers = dynamic_config()["http"]["routers"]
    assert routers["policy"]["entryPoints"] == ["policy"]
    assert [name for name, router in routers.items() if router["service"] == "policy"] == ["policy"]


def test_the_pages_of_errors_come_from_whichever_service_answers() -> None:
    services = dynamic_config()["http"]["services"]
    step, asked = "pages", []
    while "failover" in services[step]:
        asked.append(services[step]["failover"]["service"])
        step = services[step]["failover"]["fallback"]
    assert [*asked, step] == [f"{name}-any" for name in ("gateway", "auth", "generation", "works", "stats")]


@pytest.mark.parametrize(("method", "path", "service"), [
    ("POST", "/api/works/7/remix", "generation"), ("POST", "/api/v1/works/7/remix", "generation"),
    ("GET", "/api/works/7/remix", "generation"), ("POST", "/api/works/7/remixes", "works"),
    ("POST", "/api/works/x/remix", "works"), ("POST", "/api/works/7/like", "works"), ("GET", "/api/works/7", "works"),
    ("GET", "/api/works", "works"), ("POST", "/api/generate", "generation"), ("GET", "/api/models", "generation"),
])  # fmt: skip
@pytest.mark.parametrize("stream", [True, False])
def test_a_path_under_anothers_name_goes_to_its_own_service(method: str, path: str, service: str, stream: bool) -> None:
    routers = [r for r in dynamic_config()["http"]["routers"].values() if r["rule"].startswith("PathRegexp(`^/api/")]
    assert len({r["priority"] for r in routers if r["service"] in ("works", "generation")}) == 6

    def fits(rule: str) -> bool:
        expression = re.match(r"PathRegexp\(`(.*?)`\)", rule)
        assert expression is not None
        reads, streams = "Method(" in rule, "Content-Length" in rule
        return bool(re.search(expression[1], path)) and (not reads or method == "GET") and (not streams or stream)

    assert max((r for r in routers if fits(r["rule"])), key=lambda r: int(r["priority"]))["service"] == service


@pytest.mark.parametrize("limit", [0, 9, 10, 99, 10_485_760])
def test_a_length_is_compared_as_a_number(limit: int) -> None:
    over = re.compile(more_than(limit))
    for length in {0, 1, 9, 10, 11, limit - 1, limit, limit + 1, limit * 3, limit * 10, 99_999_999, 10**12}:
        assert bool(over.search(str(length))) == (length > limit), length


def test_addresses_can_be_given(tmp_path: Path) -> None:
    out = tmp_path / "deep" / "dynamic.yml"
    main(["--out", str(out), "--service", "works=http://a:1,http://b:2", "--policy", "http://127.0.0.1:9"])
    http = yaml.safe_load(out.read_text().replace("{{", "'{{").replace("}}", "}}'"))["http"]
    for service in ("works-ready", "works-any"):
        assert http["services"][service]["loadBalancer"]["servers"] == [{"url": "http://a:1"}, {"url": "http://b:2"}]
    assert http["middlewares"]["policy"]["forwardAuth"]["address"] == "http://127.0.0.1:9/auth"


def test_origins_are_read_by_traefik_from_its_environment() -> None:
    assert render(dynamic_config()).count('{{ env "CORS_ORIGINS" | default "http://localhost:3000"') == 1


def test_a_service_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SystemExit):
        main(["--out", str(tmp_path / "x.yml"), "--service", "wroks=http://a:1"])
