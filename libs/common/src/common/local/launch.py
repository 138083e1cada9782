"""Become the command given, and die with the process that asked for it.

Run as a script: ``python -I -S launch.py PARENT_PID COMMAND [ARGUMENT…]``. The kernel's parent-death signal
survives ``exec``, so nothing stays between the parent and the server. A launcher is used instead of
``preexec_fn`` because Python code between fork and exec can deadlock when the parent has threads. Only Linux
knows the signal; elsewhere the command simply runs.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main(parent: int, command: list[str]) -> None:
    """Replace this process by ``command``; exit at once if ``parent`` is already gone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - the command is ours, and no shell is wanted


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2:])
