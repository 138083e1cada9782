"""What docker-compose.yml and the five Dockerfiles promise, read from the files."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[4]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
CONTAINERS: dict[str, Any] = COMPOSE["services"]
SERVICES = ("auth", "generation", "works", "stats", "gateway")
IN_CLEAR = ("creation-engine", "root")  # names of users


def mounted(container: dict[str, Any]) -> dict[str, str]:
    """The secrets of a container: where each is mounted, and which one it is."""
    pairs = [(s, s) if isinstance(s, str) else (s["target"], s["source"]) for s in container.get("secrets", [])]
    return {f"/run/secrets/{target}": source for target, source in pairs}


def test_only_traefik_is_reachable_from_outside_and_the_dashboard_from_this_machine() -> None:
    published = {name: container["ports"] for name, container in CONTAINERS.items() if "ports" in container}
    assert published.keys() == {"traefik", "grafana"}
    assert CONTAINERS["grafana"]["profiles"] == ["metrics"]
    assert all(port.startswith("127.0.0.1:") for port in published["grafana"])


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_container_writes_nowhere_but_where_it_must_and_gains_no_privilege(name: str) -> None:
    container = CONTAINERS[name]
    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]
    assert container["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in container
    assert container.get("cap_add", []) == (["CHOWN"] if name == "minio-volume" else [])


@pytest.mark.parametrize("name", CONTAINERS)
def test_a_secret_comes_by_a_file_that_is_mounted_and_that_make_secrets_makes(name: str, tmp_path: Path) -> None:
    runpy.run_path(str(ROOT / "infra/compose/make_secrets.py"))["make"](tmp_path)
    container = CONTAINERS[name]
    for variable, value in container.get("environment", {}).items():
        if re.search("PASSWORD|SECRET|KEY|_URL_FILE", variable) and value not in IN_CLEAR:
            assert variable.endswith("_FILE")
            assert value in mounted(container)
    for source in mounted(container).values():
        assert (tmp_path / Path(COMPOSE["secrets"][source]["file"]).name).exists()


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_holds_no_credentials_of_another(name: str) -> None:
    containers = [c for n, c in CONTAINERS.items() if n == name or n.startswith(f"{name}-")]
    for container in containers:
        owners = {source.partition("_")[0] for source in mounted(container).values()}
        assert owners <= {name, "minio"}


def test_the_five_dockerfiles_differ_in_the_names_only() -> None:
    def neutral(name: str) -> list[str]:
        text = (ROOT / "services" / name / "Dockerfile").read_text()
        own = ("image.description", "# The same image paints")
        kept = [line for line in text.splitlines() if not any(part in line for part in own)]
        return [re.sub(rf"\b{name}\b", "NAME", line) for line in kept]

    assert [neutral(name) for name in SERVICES] == [neutral("works")] * len(SERVICES)
