"""Takes over the accounts of another system, with their bcrypt hashes, from a file of JSON Lines.

Each line is an object: username, email, password_hash (bcrypt, cost 4 to 16), created_at (ISO 8601 with an offset).
Names and addresses obey the rules of a registration. An account taken over before is left alone, even where its
name or address was changed since, so an import may be repeated.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints, ValidationError

from auth import handlers, projections
from auth.adapters.passwords import IMPORTED
from auth.api.bodies import Email, Username
from auth.commands import ImportUser
from auth.domain import UserExists
from auth.handlers import Accounts
from common.errors import Invalid
from common.http import Body


class Person(Body):
    """One line of the file."""

    username: Username
    email: Email
    password_hash: Annotated[str, StringConstraints(pattern=f"^{IMPORTED.pattern}$")] = Field(repr=False)
    created_at: AwareDatetime = Field(strict=False)


@dataclass
class Outcome:
    """What an import did; `refused` names accounts whose name or address belongs to somebody else."""

    imported: int = 0
    present: int = 0
    refused: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = f"{self.imported} accounts imported, {self.present} had been imported before."
        if not self.refused:
            return said
        return f"{said}\nRefused, their name or e-mail address is another account's: {', '.join(self.refused)}."


def read(file: Path) -> list[Person]:
    """The people in a file.

    Raises:
        SystemExit: with a sentence for each line that breaks a rule; then nothing is to be imported.
    """
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise SystemExit(f"Nothing was imported: {file} cannot be read ({error}).") from error
    people: list[Person] = []
    wrong: list[str] = []
    for number, line in enumerate(lines, start=1):
        try:
            people += [Person.model_validate_json(line)] if line.strip() else []
        except (ValidationError, Invalid) as error:
            wrong.append(f"Line {number} is wrong: {_fields(error)}.")
    if wrong:
        raise SystemExit("\n".join(["Nothing was imported.", *wrong]))
    return people


async def take_over(people: Sequence[Person], accounts: Accounts) -> Outcome:
    """Import whoever is not there yet."""
    outcome = Outcome()
    for person in people:
        if await projections.was_imported(accounts.store.db, person.email):
            outcome.present += 1
            continue
        try:
            await handlers.import_user(await _command(person, accounts), accounts)
            outcome.imported += 1
        except UserExists:
            outcome.refused.append(person.username)
    return outcome


async def _command(person: Person, accounts: Accounts) -> ImportUser:
    return ImportUser(
        user_id=await handlers.next_user_id(accounts),
        username=person.username,
        email=person.email,
        password_hash=person.password_hash,
        registered_at=person.created_at,
    )


def _fields(error: ValidationError | Invalid) -> str:
    if isinstance(error, Invalid):
        return ", ".join(detail["field"] for detail in error.details)
    return ", ".join(
        sorted({str(problem["loc"][0]) if problem["loc"] else "no JSON object" for problem in error.errors()})
    )
