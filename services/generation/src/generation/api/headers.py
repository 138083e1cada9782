"""The request header `Prefer: wait=N` (RFC 7240)."""

import re
from typing import Annotated

from fastapi import Depends, Header

MAX_WAIT_SECONDS = 60

_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", re.IGNORECASE)


def _wait_seconds(prefer: Annotated[str, Header(description="wait=N：最多等待N秒（上限60）再返回")] = "") -> int:
    """A preference that cannot be read is ignored, as the RFC has it."""
    found = _WAIT.search(prefer)
    return min(int(found[1]), MAX_WAIT_SECONDS) if found else 0


WaitSeconds = Annotated[int, Depends(_wait_seconds)]
"""How long the caller would like to wait for the end of the task: 0 to 60 seconds."""
