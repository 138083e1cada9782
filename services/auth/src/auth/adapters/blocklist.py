"""Passwords that everybody tries first, and the words of the place: nobody may take one (ASVS 5.0, 6.2.4, 6.2.11)."""

from collections.abc import Iterable
from pathlib import Path

from auth.domain import CommonPassword


class Blocklist:
    """Refuses the listed passwords, without regard to case."""

    def __init__(self, passwords: Iterable[str] = ()) -> None:
        self._listed = {password.casefold() for password in passwords}

    @classmethod
    def read(cls, file: Path | None) -> "Blocklist":
        """A file with one password a line, UTF-8; without a file nothing is refused.

        Raises:
            OSError, ValueError: the file cannot be read, or is not UTF-8.
        """
        return cls(file.read_text(encoding="utf-8").splitlines() if file else ())

    def check(self, password: str, field: str) -> None:
        """Raises `CommonPassword`, naming the request's field."""
        if password.casefold() in self._listed:
            raise CommonPassword(details=[{"field": field, "message": CommonPassword.message}])
