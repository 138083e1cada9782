"""What the platform answered: an append-only file of JSON lines, written by nobody but the callers."""

import json
import time
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any


class Outcome(StrEnum):
    """What a caller knows of a request: done, refused (nothing has happened), or unknown."""

    DONE = "done"
    REFUSED = "refused"
    MAYBE = "maybe"


@dataclass(frozen=True)
class Answer:
    """One request and its answer. `at` is seconds since 1970 when it was sent, `seconds` how long it took.

    `subject` is what it was about, in the caller's words: a user name, an idempotency key, a pair.
    """

    what: str
    who: str
    subject: str
    outcome: Outcome
    status: int
    at: float
    seconds: float
    sent: dict[str, Any] = field(default_factory=dict)
    got: dict[str, Any] = field(default_factory=dict)


class Recorder:
    """Keeps every answer and each fault's target, in order; a line is in the file before its caller goes on."""

    def __init__(self, path: Path) -> None:
        self.answers: list[Answer] = []
        self.faulted: list[str] = []
        self._file = path.open("a", encoding="utf-8")

    def note(self, answer: Answer) -> None:
        """Keep one answer."""
        self.answers.append(answer)
        self._line(asdict(answer))

    def fault(self, target: str, **about: Any) -> None:
        """Note a fault among the answers."""
        self.faulted.append(target)
        self._line({"what": "FAULT", "at": time.time(), "target": target, **about})

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _line(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
