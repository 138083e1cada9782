"""Request headers: `Idempotency-Key`, and `Prefer: wait=N` (RFC 7240)."""

import re
from typing import Annotated

from fastapi import Depends, Header

from common.errors import Invalid
from generation.handlers import Repeatable

MAX_WAIT_SECONDS = 60

_VISIBLE = r"^[\x21-\x7e]{1,200}$"
_KEY = re.compile(_VISIBLE)
_HEADER = Header(description="同一个键重复提交只执行一次，24小时内有效", json_schema_extra={"pattern": _VISIBLE})
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,9})\"?\s*(?:$|[,;])", re.IGNORECASE)


def _wait_seconds(prefer: Annotated[str, Header(description="wait=N：最多等待N秒（上限60）再返回")] = "") -> int:
    """A preference that cannot be read is ignored, as the RFC has it."""
    found = _WAIT.search(prefer)
    return min(int(found[1]), MAX_WAIT_SECONDS) if found else 0


WaitSeconds = Annotated[int, Depends(_wait_seconds)]
"""How long the caller would like to wait for the end of the task: 0 to 60 seconds."""


def _idempotency_key(
    idempotency_key: Annotated[str | None, _HEADER] = None,
) -> str | None:
    if idempotency_key is not None and not _KEY.fullmatch(idempotency_key):
        raise Invalid("Idempotency-Key 须为1到200个可见的ASCII字符")
    return idempotency_key


IdempotencyKey = Annotated[str | None, Depends(_idempotency_key)]
"""The key under which a repeat of this request is recognised, if any."""


def repeatable(user_id: int, operation: str, key: str | None, body: str) -> Repeatable | None:
    """What a repeat of this request has in common with it; none without a key."""
    return Repeatable(user_id, operation, key, body) if key is not None else None
