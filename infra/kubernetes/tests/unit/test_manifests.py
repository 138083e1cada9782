"""What the Kubernetes manifests promise, read from what an overlay makes of them."""

import importlib
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

Json = dict[str, Any]
Build = Callable[[str], list[Json]]

ROOT = Path(__file__).parents[4]
KUBERNETES = "1.32"
OVERLAYS = ("staging", "production")
SERVICES = ("auth", "generation", "works", "stats", "gateway")
COMPOSE: Json = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]


def of_kind(manifests: list[Json], kind: str) -> dict[str, Json]:
    return {m["metadata"]["name"]: m for m in manifests if m["kind"] == kind}


def container(deployment: Json) -> Json:
    (only,) = deployment["spec"]["template"]["spec"]["containers"]
    return dict(only)


def given(deployment: Json, manifests: list[Json]) -> dict[str, str]:
    """The container's environment."""
    maps = of_kind(manifests, "ConfigMap")
    found: dict[str, str] = {}
    for source in container(deployment).get("envFrom", []):
        found |= maps[source["configMapRef"]["name"]]["data"]
    return found | {pair["name"]: pair["value"] for pair in container(deployment).get("env", [])}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_kubernetes_schemas_accept_every_manifest(build: Build, overlay: str) -> None:
    manifests = build(overlay)
    for manifest in manifests:
        kubernetes_validate.validate(manifest, KUBERNETES, strict=True)
    names = [(m["kind"], m["metadata"]["name"]) for m in manifests]
    assert len(set(names)) == len(names)


def test_a_misspelt_field_is_found(build: Build) -> None:
    deployment = of_kind(build("production"), "Deployment")["works"]
    deployment["spec"]["template"]["spec"]["terminationGracePeriod"] = 45
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(deployment, KUBERNETES, strict=True)


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_container_runs_as_nobody_on_a_root_it_cannot_write(build: Build, overlay: str) -> None:
    for name, deployment in of_kind(build(overlay), "Deployment").items():
        pod, held = deployment["spec"]["template"]["spec"], container(deployment)
        assert pod["securityContext"]["runAsNonRoot"] is True, name
        assert pod["automountServiceAccountToken"] is False, name
        assert held["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }, name
        assert held["resources"].keys() == {"requests", "limits"}, name
        assert {"readinessProbe", "livenessProbe"} <= held.keys(), name
        assert not held["image"].endswith(":latest"), name


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_every_setting_is_one_that_the_service_reads(build: Build, overlay: str) -> None:
    manifests = build(overlay)
    known = {name: aliases(name) for name in SERVICES}
    shared = set().union(*known.values())
    for name, deployment in of_kind(manifests, "Deployment").items():
        if name != "traefik":
            own = {pair["name"] for pair in container(deployment)["env"]}
            assert {setting.removesuffix("_FILE") for setting in own} <= known[name.partition("-")[0]] | own & shared
            assert {setting.removesuffix("_FILE") for setting in given(deployment, manifests)} <= shared


def aliases(service: str) -> set[str]:
    """The names of a service's settings."""
    settings = importlib.import_module(f"{service}.settings").Settings
    return {re.sub("_FILE$", "", str(field.validation_alias)) for field in settings.model_fields.values()}


@pytest.mark.parametrize("name", [*SERVICES, "generation-worker"])
def test_a_service_is_given_what_compose_gives_it(build: Build, name: str) -> None:
    manifests = build("production")
    here = set(given(of_kind(manifests, "Deployment")[name], manifests))
    there = set(COMPOSE[name]["environment"])
    optional = {"COMFYUI_DRAINING", "GENERATION_PAINTERS"}
    assert {setting.removesuffix("_FILE") for setting in there - optional} <= {s.removesuffix("_FILE") for s in here}


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_what_grows_can_shrink_and_be_evicted_one_at_a_time(build: Build, overlay: str) -> None:
    manifests = build(overlay)
    deployments = of_kind(manifests, "Deployment")
    scaled = {m["spec"]["scaleTargetRef"]["name"] for m in of_kind(manifests, "HorizontalPodAutoscaler").values()}
    assert scaled == deployments.keys() - {"traefik"}
    assert of_kind(manifests, "PodDisruptionBudget").keys() == deployments.keys()
    for name in scaled:
        assert "replicas" not in deployments[name]["spec"], "an apply would undo what the autoscaler did"


def test_painters_grow_with_the_queue(build: Build) -> None:
    scaler = of_kind(build("production"), "HorizontalPodAutoscaler")["generation-worker"]
    (metric,) = scaler["spec"]["metrics"]
    name = metric["external"]["metric"]["name"]
    assert name in (ROOT / "services/generation/src/generation/metrics.py").read_text()


@pytest.mark.parametrize("overlay", OVERLAYS)
def test_only_the_edge_lets_the_world_in(build: Build, overlay: str) -> None:
    policies = of_kind(build(overlay), "NetworkPolicy")
    closed = policies.pop("nothing-by-default")["spec"]
    assert closed == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    for name, policy in policies.items():
        for rule in policy["spec"].get("ingress", []):
            assert ("from" in rule) == (name != "browsers-reach-the-edge"), name


def test_the_edge_finds_every_service_by_the_name_its_configuration_has(build: Build) -> None:
    manifests = build("production")
    dynamic = of_kind(manifests, "ConfigMap")["traefik"]["data"]["dynamic.yml"]
    asked = set(re.findall(r"url: http://([a-z]+):(\d+)", dynamic))
    services = of_kind(manifests, "Service")
    assert {name for name, _ in asked} <= services.keys()
    for name, port in asked - {("minio", "9000")}:
        assert [str(p["port"]) for p in services[name]["spec"]["ports"]] == [port]
