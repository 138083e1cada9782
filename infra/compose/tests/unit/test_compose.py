"""What docker-compose.yml and the five Dockerfiles promise, read from the files."""

import re
import runpy
from pathlib import Path
from typing import Any

import pytest
import yaml

from common.rabbit import GRACE
from common.service import REQUEST_GRACE

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


def test_what_only_the_operator_knows_is_asked_for_and_everything_else_has_a_default() -> None:
    asked = re.findall(r"\$\{(\w+):\?", (ROOT / "docker-compose.yml").read_text())
    assert asked == ["AIGC_PROVIDER_CODE"]
    example = (ROOT / ".env.example").read_text()
    assert re.search(r"^# REQUIRED.*?^AIGC_PROVIDER_CODE=$", example, re.MULTILINE | re.DOTALL)


def test_every_setting_of_the_example_is_read_somewhere() -> None:
    texts = [path.read_text() for path in (ROOT / "docker-compose.yml", ROOT / "infra/compose/comfyui.yml")]
    read = set(re.findall(r"\$\{(\w+)", "".join(texts)))
    offered = set(re.findall(r"^#? ?([A-Z_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert {name for name in offered if not name.startswith("COMPOSE_")} <= read
    assert read <= offered | {"REVISION"}


def test_comfyuis_address_reaches_those_who_paint_and_nobody_else() -> None:
    added = yaml.safe_load((ROOT / "infra/compose/comfyui.yml").read_text())["services"]
    assert added.keys() == {"generation", "generation-worker"}
    for name, changes in added.items():
        assert changes["environment"].keys() <= CONTAINERS[name]["environment"].keys()


def test_the_key_for_c2pa_reaches_those_who_make_files_and_their_images_can_sign() -> None:
    added = yaml.safe_load((ROOT / "infra/compose/c2pa.yml").read_text())
    assert added["services"].keys() == {"generation", "generation-worker", "works"}
    for changes in added["services"].values():
        assert set(changes["environment"].values()) == mounted(changes).keys()
        assert set(changes["secrets"]) == added["secrets"].keys()
    built = {
        name for name, changes in added["services"].items() if changes.get("build") == {"args": {"EXTRAS": "c2pa"}}
    }
    assert built == {name for name in added["services"] if "build" in CONTAINERS[name]}


def test_the_operators_rules_reach_every_service_that_judges_texts() -> None:
    added = yaml.safe_load((ROOT / "infra/compose/rules.yml").read_text())["services"]
    judges = {name for name in SERVICES if "put_rules_in_force" in bootstrap_of(name)}
    assert added.keys() == judges == {"auth", "generation", "works"}
    for changes in added.values():
        (mount,) = changes["volumes"]
        assert mount == f"./rules.toml:{changes['environment']['MODERATION_RULES_FILE']}:ro"


def bootstrap_of(service: str) -> str:
    return (ROOT / "services" / service / "src" / service / "bootstrap.py").read_text()


def test_a_service_has_time_to_be_forgotten_and_to_finish_before_docker_kills_it() -> None:
    for name in (*SERVICES, "generation-worker"):
        container = CONTAINERS[name]
        drain = float(container["environment"]["DRAIN_SECONDS"])
        assert float(container["stop_grace_period"].removesuffix("s")) > drain + REQUEST_GRACE + GRACE
        assert drain >= 5, "the edge takes up to 3 s to see that a replica is not ready"
        assert container["init"] is True, "else a process that is still loading does not hear that it shall stop"
