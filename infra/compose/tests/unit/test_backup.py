"""`backup.sh` keeps to the order that loses nothing, and refuses before it touches anything."""

import re
import subprocess
from pathlib import Path

import pytest

from common.backup import ORDER

SCRIPT = Path(__file__).parents[2] / "backup.sh"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """What it says and how it ends where there is no Docker at all."""
    path = {"PATH": "/usr/bin:/bin", "DOCKER_HOST": "unix:///nowhere"}
    return subprocess.run([SCRIPT, *arguments], env=path, capture_output=True, text=True, timeout=60, check=False)


def test_services_are_taken_in_the_order_of_backups() -> None:
    (services,) = re.findall(r"^SERVICES=\((.*?)\)", SCRIPT.read_text(), re.MULTILINE)
    assert services.split() == list(ORDER)


def test_it_says_what_it_does() -> None:
    assert (run("--help").returncode, run("--help").stderr) == (0, "")
    assert "restore FOLDER" in run("--help").stdout


@pytest.mark.parametrize("arguments", [(), ("backup",), ("restore",), ("destroy", "/tmp"), ("backup", "a", "b")])
def test_what_it_does_not_know_it_refuses(arguments: tuple[str, ...]) -> None:
    refused = run(*arguments)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr.startswith("backup.sh backup FOLDER")


def test_a_backup_goes_into_no_folder_with_something_in_it(tmp_path: Path) -> None:
    (tmp_path / "works.tar").touch()
    refused = run("backup", str(tmp_path))
    assert refused.returncode == 1
    assert "is not empty" in refused.stderr


def test_a_backup_without_a_service_is_not_begun_to_be_restored(tmp_path: Path) -> None:
    for service in ORDER[:-1]:
        (tmp_path / f"{service}.tar").touch()
    refused = run("restore", str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr == f"Nothing was restored: {tmp_path}/auth.tar cannot be read.\n"


def test_without_docker_it_does_not_say_that_it_did_it(tmp_path: Path) -> None:
    for service in ORDER:
        (tmp_path / f"{service}.tar").touch()
    for command, folder in (("backup", tmp_path / "new"), ("restore", tmp_path)):
        assert run(command, str(folder)).returncode != 0
        assert run(command, str(folder)).stdout == ""
