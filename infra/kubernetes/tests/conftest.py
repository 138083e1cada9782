"""`kustomize build`, as far as these manifests use it: resources, one generator, patches, images, a namespace.

What it makes of both overlays was compared with Kustomize 5.5's own output (infra/kubernetes/README.md says how).
"""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

Json = dict[str, Any]
Build = Callable[[str], list[Json]]

OVERLAYS = Path(__file__).parents[1] / "overlays"
USED = {"apiVersion", "kind", "namespace", "resources", "patches", "images", "configMapGenerator", "generatorOptions"}
MERGED_BY = {
    "containers": "name",
    "env": "name",
    "volumes": "name",
    "ports": "containerPort",
    "volumeMounts": "mountPath",
}
WITHOUT_NAMESPACE = {"Namespace"}


@pytest.fixture
def build() -> Build:
    """The manifests of an overlay."""
    return lambda overlay: built(OVERLAYS / overlay)


def built(folder: Path) -> list[Json]:
    """The manifests of a kustomization; a field that this reader does not know fails."""
    said = yaml.safe_load((folder / "kustomization.yaml").read_text())
    assert said.keys() <= USED, said.keys() - USED
    manifests: list[Json] = []
    for resource in said.get("resources", []):
        path = folder / resource
        manifests += built(path) if path.is_dir() else list(yaml.safe_load_all(path.read_text()))
    manifests += [_generated(folder, wanted, said) for wanted in said.get("configMapGenerator", [])]
    for patch in said.get("patches", []):
        _patch(folder, patch, manifests)
    for manifest in manifests:
        _name_images(manifest, said.get("images", []))
        if "namespace" in said and manifest["kind"] not in WITHOUT_NAMESPACE:
            manifest["metadata"]["namespace"] = said["namespace"]
    return manifests


def _generated(folder: Path, wanted: Json, said: Json) -> Json:
    assert said["generatorOptions"] == {"disableNameSuffixHash": True}
    data = {name: (folder / name).read_text() for name in wanted["files"]}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": wanted["name"]}, "data": data}


def _patch(folder: Path, patch: Json, manifests: list[Json]) -> None:
    hit = [manifest for manifest in manifests if _chosen(manifest, patch["target"])]
    assert hit, f"the patch for {patch['target']} meets nothing"
    text = (folder / patch["path"]).read_text() if "path" in patch else patch["patch"]
    for manifest in hit:
        change = yaml.safe_load(text)
        if isinstance(change, list):
            for operation in change:
                _replace(manifest, operation)
        else:
            merged = _merged(manifest, {key: change[key] for key in change if key not in ("kind", "metadata")})
            manifest.clear()
            manifest.update(merged)


def _chosen(manifest: Json, target: Json) -> bool:
    metadata = manifest["metadata"]
    wanted = dict(pair.split("=") for pair in target.get("labelSelector", "").split(",") if pair)
    return (
        manifest["kind"] == target["kind"]
        and target.get("name") in (None, metadata["name"])
        and wanted.items() <= metadata.get("labels", {}).items()
    )


def _replace(manifest: Json, operation: Json) -> None:
    assert operation["op"] == "replace"
    *way, last = operation["path"].strip("/").split("/")
    here = manifest
    for step in way:
        here = here[step]
    assert last in here, f"{operation['path']} is nowhere in {manifest['metadata']['name']}"
    here[last] = operation["value"]


def _merged(old: Any, new: Any, key: str = "") -> Any:
    """Kubernetes' strategic merge: lists of known kinds by their key, other lists as a whole."""
    if isinstance(old, dict) and isinstance(new, dict):
        return {**old, **{name: _merged(old.get(name), value, name) for name, value in new.items()}}
    if isinstance(old, list) and key in MERGED_BY:
        by = MERGED_BY[key]
        named = {item[by]: item for item in new}
        kept = [_merged(item, named.pop(item[by])) if item[by] in named else item for item in old]
        return [*named.values(), *kept]
    return copy.deepcopy(new)


def _name_images(manifest: Json, images: list[Json]) -> None:
    pod = manifest.get("spec", {}).get("template", {}).get("spec", {})
    for container in pod.get("containers", []):
        for image in images:
            if container["image"] == image["name"]:
                container["image"] = f"{image['newName']}:{image['newTag']}"
