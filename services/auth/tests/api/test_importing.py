"""Accounts of another system: taken over by the command line, at home after their first login."""

import json
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import bcrypt
import pytest
from pymongo import MongoClient

from auth.admin import main, run_import
from auth.projections import VIEWS
from auth.testing import PASSWORD, Auth
from common.messages import Envelope
from common.testing.eventually import eventually
from common.testing.rebuilding import content_hash, rebuilt

HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(rounds=4)).decode()
# prefix $2y$: PHP and crypt(3); prefix $2a$: a test vector of John the Ripper
PHP = ("rasmuslerdorf", "$2y$07$BCryptRequires22Chrcte/VlQH0piJtjXl.0t1XkA8pw9dMXTpOq")
OPENBSD = ("U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW")


def person(name: str, **others: Any) -> dict[str, Any]:
    return {
        "username": name,
        "email": f"{name}@example.com",
        "password_hash": HASH,
        "created_at": "2019-05-01T08:00:00+08:00",
        **others,
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "people.jsonl"


def write(file: Path, people: Sequence[Any]) -> None:
    file.write_text("\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in people))


async def taken_over(auth: Auth, file: Path, people: Sequence[Any]) -> str:
    """What the command line says to these people, or to these lines."""
    write(file, people)
    return await run_import(auth.settings.mongodb_url.get_secret_value(), auth.settings.database, file)


async def stored_hash(auth: Auth, name: str) -> str:
    found = await auth.db.users.find_one({"username": name})
    assert found is not None
    return str(found["password_hash"])


async def test_an_imported_user_logs_in_and_gets_a_hash_of_today(auth: Auth, file: Path) -> None:
    said = await taken_over(auth, file, [person("alice")])
    assert said == "1 accounts imported, 0 had been imported before."
    assert await stored_hash(auth, "alice") == HASH
    assert (await auth.login("alice", "wrong123")).status_code == 401
    assert await stored_hash(auth, "alice") == HASH
    assert (await auth.login("ALICE@example.com")).status_code == 200
    assert (await stored_hash(auth, "alice")).startswith("$argon2id$")
    answer = await auth.client.get("/api/users/profile", headers=await auth.bearer("alice"))
    assert answer.json()["data"]["user"]["created_at"] == "2019-05-01T00:00:00.000Z"
    assert await auth.db.events.count_documents({"type": "PasswordRehashed"}) == 1


@pytest.mark.parametrize(("password", "encoded"), [PHP, OPENBSD], ids=["php", "openbsd"])
async def test_hashes_of_other_implementations_are_understood(
    auth: Auth, file: Path, password: str, encoded: str
) -> None:
    await taken_over(auth, file, [person("alice", password_hash=encoded)])
    assert (await auth.login("alice", password + "x")).status_code == 401
    assert (await auth.login("alice", password)).status_code == 200


async def test_a_password_longer_than_bcrypt_reads_is_compared_as_bcrypt_did(auth: Auth, file: Path) -> None:
    password = "密码" * 20 + "abc123"  # 126 bytes
    encoded = bcrypt.hashpw(password.encode()[:72], bcrypt.gensalt(rounds=4)).decode()
    await taken_over(auth, file, [person("alice", password_hash=encoded)])
    assert (await auth.login("alice", password)).status_code == 200
    assert (await auth.login("alice", password)).status_code == 200


async def test_an_import_may_be_repeated_even_after_somebody_changed_name_and_address(auth: Auth, file: Path) -> None:
    await taken_over(auth, file, [person("alice"), person("bob")])
    bearer = {"Authorization": f"Bearer {(await auth.login('alice')).json()['data']['token']}"}
    await auth.client.put(
        "/api/users/profile", headers=bearer, json={"username": "alicia", "email": "alicia@example.com"}
    )
    said = await taken_over(auth, file, [person("alice"), person("BOB", email="BOB@example.com"), person("carol")])
    assert said == "1 accounts imported, 2 had been imported before."
    assert await auth.db.users.count_documents({}) == 3


async def test_a_name_that_somebody_bears_is_refused_and_the_others_are_in(auth: Auth, file: Path) -> None:
    await auth.register("alice")
    people = [person("bob"), person("Alice", email="other@example.com"), person("carol", email="ALICE@example.com")]
    with pytest.raises(SystemExit) as said:
        await taken_over(auth, file, people)
    assert str(said.value).splitlines() == [
        "1 accounts imported, 0 had been imported before.",
        "Refused, their name or e-mail address is another account's: Alice, carol.",
    ]
    assert await auth.db.users.count_documents({}) == 2


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "Line 2 is wrong: no JSON object."),
        ("[]", "Line 2 is wrong: no JSON object."),
        (person("x"), "Line 2 is wrong: username."),
        (person("bob", email="bob"), "Line 2 is wrong: email."),
        (person("bob", password_hash="secret"), "Line 2 is wrong: password_hash."),
        (person("bob", password_hash=HASH.replace("$04$", "$31$")), "Line 2 is wrong: password_hash."),
        (person("bob", password_hash=HASH.replace("$2b$", "$2x$")), "Line 2 is wrong: password_hash."),
        (person("bob", created_at="2019-05-01T08:00:00"), "Line 2 is wrong: created_at."),
        (person("bob", **{"$set": 1}), "Line 2 is wrong: $set."),
        ({"username": "bob"}, "Line 2 is wrong: created_at, email, password_hash."),
    ],
)
async def test_a_file_with_a_wrong_line_imports_nothing(auth: Auth, file: Path, line: Any, said: str) -> None:
    with pytest.raises(SystemExit) as refused:
        await taken_over(auth, file, [person("alice"), line])
    assert str(refused.value).splitlines() == ["Nothing was imported.", said]
    assert await auth.db.events.count_documents({}) == 0


def test_the_command_line_says_what_it_did(
    mongo_url: str, file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    database = f"test_{secrets.token_hex(6)}"
    monkeypatch.setenv("MONGODB_URL", mongo_url)
    monkeypatch.setenv("AUTH_DATABASE", database)
    write(file, [person("alice")])
    for imported, present in ((1, 0), (0, 1)):
        main(["import", str(file)])
        assert capsys.readouterr().out == f"{imported} accounts imported, {present} had been imported before.\n"
    with MongoClient[dict[str, Any]](mongo_url) as client:
        client.drop_database(database)


async def test_a_file_that_is_not_there_is_said_to_be_missing(auth: Auth, file: Path) -> None:
    with pytest.raises(SystemExit, match="Nothing was imported: .* cannot be read"):
        await run_import("mongodb://unused", "unused", file)


async def test_others_are_told_of_an_imported_user_as_of_any_other(auth: Auth, file: Path) -> None:
    heard: list[Envelope] = []

    async def hear(envelopes: Sequence[Envelope]) -> None:
        heard.extend(envelopes)

    await auth.bus.declare("others", ["auth.UserRegistered.v1"])
    await auth.bus.subscribe("others", hear)
    await taken_over(auth, file, [person("alice")])

    async def told() -> list[Any]:
        return [envelope.data for envelope in heard]

    (data,) = await eventually(told)
    assert data == {"user_id": 1, "username": "alice", "registered_at": "2019-05-01T00:00:00Z"}


async def test_imported_accounts_rebuild_to_the_same_content(auth: Auth, file: Path) -> None:
    await taken_over(auth, file, [person("alice")])
    await auth.login("alice")
    before = await content_hash(auth.db, [view.name for view in VIEWS])
    assert await rebuilt(auth.store, emptied=True) == before
