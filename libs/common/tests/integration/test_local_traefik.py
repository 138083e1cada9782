"""The real edge: it serves the dynamic configuration, and follows its changes."""

import json
from pathlib import Path

import httpx
import pytest

from common.local.process import ServerFailed
from common.local.traefik import Traefik
from common.testing.eventually import eventually


def configure(path: Path, prefix: str) -> Path:
    """Write a configuration that redirects below ``prefix``, with no service behind it."""
    router = {"rule": f"PathPrefix(`{prefix}`)", "service": "noop@internal", "middlewares": ["away"]}
    away = {"redirectRegex": {"regex": ".*", "replacement": "http://example.org/"}}
    path.write_text(json.dumps({"http": {"routers": {"tea": router}, "middlewares": {"away": away}}}))
    return path


async def status(url: str) -> int:
    async with httpx.AsyncClient() as browser:
        return (await browser.get(url)).status_code


async def serves(url: str) -> None:
    await eventually(lambda: status(url), lambda code: code == 302)


async def test_it_serves_the_configuration_and_follows_its_changes(tmp_path: Path) -> None:
    dynamic = configure(tmp_path / "dynamic.yml", "/tea")
    with Traefik(tmp_path / "traefik", dynamic) as edge:
        await serves(f"{edge.url}/tea")
        assert await status(f"{edge.url}/coffee") == 404
        assert await status(f"{edge.url}/ping") == 404
        configure(dynamic, "/coffee")
        await serves(f"{edge.url}/coffee")


async def test_it_watches_a_folder_too_and_comes_back_after_a_crash(tmp_path: Path) -> None:
    folder = tmp_path / "dynamic"
    folder.mkdir()
    configure(folder / "tea.yml", "/tea")
    with Traefik(tmp_path / "traefik", folder) as edge:
        url = edge.url
        edge.kill()
        assert edge.start() == url
        await serves(f"{url}/tea")
        edge.restart()
        await serves(f"{url}/tea")


def test_a_wrong_option_is_told_with_traefiks_own_words(tmp_path: Path) -> None:
    dynamic = configure(tmp_path / "dynamic.yml", "/tea")
    with pytest.raises(ServerFailed, match=r"Traefik did not start: .*no-such-option"):
        Traefik(tmp_path / "traefik", dynamic, arguments=["--no-such-option=1"]).start()
