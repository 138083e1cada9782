"""Installing RabbitMQ from Debian's or Ubuntu's archive, without leaving a system-wide broker running."""

import os
import shutil
import subprocess
from pathlib import Path

from common.local.process import ServerMissing

_HOMES = (Path("/usr/lib/rabbitmq"), Path("/usr/local/lib/rabbitmq"), Path("/opt/rabbitmq"))
_SCRIPT = """
set -eu
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
  trap 'rm -f "$policy"' EXIT
  printf '#!/bin/sh\\nexit 101\\n' > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=120 update
apt-get -q -o DPkg::Lock::Timeout=120 install -y --no-install-recommends rabbitmq-server
if [ -d /run/systemd/system ]; then systemctl disable --quiet rabbitmq-server; fi
"""
_OTHERWISE = "set RABBITMQ_URL to a broker of yours, or install the package rabbitmq-server"


def find_rabbitmq() -> Path:
    """The folder whose ``bin`` holds RabbitMQ's own scripts; ``ServerMissing`` if there is none.

    Not the wrappers in /usr/sbin: those insist on root and on the user ``rabbitmq``.
    """
    for home in _HOMES:
        if (home / "bin" / "rabbitmq-server").is_file():
            return home
    raise ServerMissing(f"RabbitMQ is not installed on this machine: {_OTHERWISE}")


def install() -> Path:
    """Install RabbitMQ unless it is there, and return its folder.

    Raises ``ServerMissing`` with one sentence where that is not possible.
    """
    try:
        return find_rabbitmq()
    except ServerMissing:
        _install(_as_root())
    return find_rabbitmq()


def _as_root() -> list[str]:
    """What to put before a command so that it runs as root."""
    if shutil.which("apt-get") is None:
        raise ServerMissing(f"RabbitMQ can be installed here by apt-get only, which is missing: {_OTHERWISE}")
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0:  # noqa: S603
        return [sudo, "-n"]
    raise ServerMissing(f"installing RabbitMQ needs root, or sudo without a password: {_OTHERWISE}")


def _install(as_root: list[str]) -> None:
    command = [*as_root, "/bin/sh", "-c", _SCRIPT]
    done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603
    if done.returncode:
        lines = (done.stderr or done.stdout).strip().splitlines() or ["no output"]
        raise ServerMissing(f"apt-get could not install rabbitmq-server ({lines[-1]}): {_OTHERWISE}")
