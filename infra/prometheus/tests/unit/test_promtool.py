"""What Prometheus says of its files, where promtool is installed (Debian's package prometheus): `make alerts`."""

import shutil
import subprocess
from pathlib import Path

FOLDER = Path(__file__).parents[2]
PROMTOOL = shutil.which("promtool")

if PROMTOOL is not None:

    def test_promtool_accepts_the_files_and_the_alerts_come_when_they_must() -> None:
        for what in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts_test.yml"]):
            done = subprocess.run([PROMTOOL, *what], check=False, cwd=FOLDER, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
