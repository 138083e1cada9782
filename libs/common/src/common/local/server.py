"""The life cycle every local server shares."""

import os
import secrets
from abc import ABC, abstractmethod
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from common.local.process import Child, ServerFailed, wait_for


class LocalServer(ABC):
    """A server on 127.0.0.1 whose whole state is one private folder; not safe for concurrent use."""

    name: str
    grace_seconds: float = 15  # how long a clean stop may take before the server is killed

    def __init__(self, data_dir: Path) -> None:
        """``data_dir`` is created on start and belongs to this server alone."""
        self.data_dir = data_dir.absolute()
        self._child: Child | None = None

    @abstractmethod
    def start(self) -> object:
        """Start, wait until it serves and return its address; idempotent while it runs."""

    @property
    def pid(self) -> int | None:
        """Process id of the running server, for tests that kill it."""
        return self._child.pid if self._child and self._child.running else None

    def stop(self) -> None:
        """Stop cleanly; does nothing when it does not run."""
        child, self._child = self._child, None
        if child:
            child.terminate(grace_seconds=self.grace_seconds)

    def kill(self) -> None:
        """End it as a crash would (SIGKILL); ``start`` recovers."""
        child, self._child = self._child, None
        if child:
            child.kill()

    def restart(self) -> None:
        """Stop cleanly and start again on the same data."""
        self.stop()
        self.start()

    def __enter__(self) -> Self:
        """Start for the length of a ``with`` block."""
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop, whatever happened in the block."""
        self.stop()

    def _prepare_folder(self) -> None:
        try:
            self.data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ServerFailed(f"{self.name}: cannot create {self.data_dir}: {error.strerror}") from error
        if not os.access(self.data_dir, os.W_OK | os.X_OK):
            raise ServerFailed(f"{self.name}: the folder {self.data_dir} is not writable by this user")

    def _secret(self, name: str) -> str:
        """The secret in the file ``name``, made on first use."""
        path = self.data_dir / name
        if not path.exists():
            self._write_private(name, secrets.token_hex(24))
        return path.read_text()

    def _write_private(self, name: str, text: str) -> Path:
        """Write the file ``name`` whole or not at all, readable by this user only (mode 0600)."""
        path = self.data_dir / name
        draft = path.with_name(name + ".new")
        draft.unlink(missing_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        return draft.replace(path)

    def _wait(self, condition: Callable[[], bool], what: str, *, seconds: float = 60) -> None:
        """Wait for ``condition``, giving up at once if the server ends; polled only while it runs."""
        wait_for(lambda: bool(self._alive()) and condition(), seconds=seconds, what=f"{self.name}: {what}")

    def _alive(self) -> Child:
        """The child, or ``ServerFailed`` with its last words if it has ended."""
        if self._child is None or not self._child.running:
            words = self._last_words()
            raise ServerFailed(f"{self.name} did not start: {words or 'it ended without a word'}")
        return self._child

    def _last_words(self) -> str:
        return self._child.last_words() if self._child else ""
