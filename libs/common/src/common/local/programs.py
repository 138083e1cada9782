"""Finding the programs that PyPI packages carry."""

import shutil
import sys
from pathlib import Path

from common.local.process import ServerMissing


def find_program(name: str, *, package: str) -> Path:
    """``name`` beside this interpreter, where ``package`` puts it, else on PATH; else ``ServerMissing``."""
    beside = Path(sys.executable).with_name(name)
    if beside.is_file():
        return beside
    if on_path := shutil.which(name):
        return Path(on_path)
    raise ServerMissing(f"the program {name} is missing: install the PyPI package {package}, or put {name} on PATH")
