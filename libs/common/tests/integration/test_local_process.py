"""Child processes die with their parent, and with nothing less."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from common.local.process import Child, wait_for

LINUX = pytest.mark.skipif(sys.platform != "linux", reason="only Linux has the parent-death signal")
SLEEP = ["/bin/sleep", "600"]
PARENT = """
import sys, threading
from pathlib import Path
from common.local.process import Child
folder = Path(sys.argv[1])
def start():
    child = Child(["/bin/sleep", "600"], log=folder / "log", cwd=folder)
    print(child.pid, flush=True)
thread = threading.Thread(target=start)
thread.start()
thread.join()
sys.stdin.read()
"""


def is_alive(pid: int) -> bool:
    """Whether the process runs; a dead one that nobody has waited for yet does not."""
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@LINUX
def test_a_child_dies_when_its_parent_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    wait_for(lambda: not is_alive(pid), seconds=10, what="the child's end")


def test_a_child_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    children: list[Child] = []
    thread = threading.Thread(target=lambda: children.append(Child(SLEEP, log=tmp_path / "log", cwd=tmp_path)))
    thread.start()
    thread.join()
    [child] = children
    assert child.running
    child.kill()


def test_a_child_is_out_of_the_terminals_reach(tmp_path: Path) -> None:
    child = Child(SLEEP, log=tmp_path / "log", cwd=tmp_path)
    assert os.getsid(child.pid) == child.pid
    child.kill()


def test_a_child_that_ignores_the_request_to_end_is_killed(tmp_path: Path) -> None:
    stubborn = ["/bin/sh", "-c", 'trap "" TERM; echo ready; while :; do sleep 600; done']
    child = Child(stubborn, log=tmp_path / "log", cwd=tmp_path)
    wait_for(lambda: child.last_words() == "ready", seconds=10, what="the trap")
    child.terminate(grace_seconds=0.2)
    assert not child.running
    assert not is_alive(child.pid)


def test_the_log_of_the_run_before_is_kept(tmp_path: Path) -> None:
    for word in ("first", "second"):
        child = Child(["/bin/echo", word], log=tmp_path / "log", cwd=tmp_path)
        wait_for(lambda child=child: not child.running, seconds=10, what="the echo")  # type: ignore[misc]
    assert (tmp_path / "log").read_text() == "second\n"
    assert (tmp_path / "log.1").read_text() == "first\n"


@LINUX
def test_a_child_is_killed_even_if_its_parent_ends_while_it_starts(tmp_path: Path) -> None:
    gone = subprocess.Popen(["/bin/true"])
    gone.wait()
    launcher = Path(sys.modules["common.local.process"].__file__ or "").with_name("launch.py")
    done = subprocess.run([sys.executable, "-I", "-S", launcher, str(gone.pid), *SLEEP], check=False, timeout=10)
    assert done.returncode in (1, -signal.SIGKILL)
