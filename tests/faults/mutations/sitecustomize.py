"""Deliberately broken builds: with this folder on PYTHONPATH, FAULT_MUTATION names some, and processes start broken.

Python imports `sitecustomize` before anything else. Product code knows nothing of this. A mutation is a function named
after what it breaks, in the module of the program that it is for.
"""

import importlib
import os
import sys

MODULES = {
    "auth.main": ("broken_auth",),
    "generation.main": ("broken_generation",),
    "generation.worker": ("broken_generation", "broken_worker"),
    "works.main": ("broken_works",),
    "stats.main": ("broken_stats",),
    "gateway.main": ("broken_gateway",),
}


def main() -> None:
    """Break this process by every mutation asked for that is for its program."""
    asked = os.environ.get("FAULT_MUTATION", "").split(",")
    program = next((word for word in sys.orig_argv[1:] if word in MODULES), "")
    for module in map(importlib.import_module, MODULES.get(program, ()) if asked != [""] else ()):
        for name in asked:
            if hasattr(module, name):
                getattr(module, name)()


main()
