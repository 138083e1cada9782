"""The people and works that the rows speak of, made once per stage, over HTTP only."""

import secrets
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Any

import httpx
from containers import ContainerStage
from people import Person
from stages import ROOT, DistributedStage, EmbeddedStage, clean_environment

from common.testing.eventually import eventually

Json = Any
PROMPT = "月光下的雪山与湖泊 crane"
ORDER = {"prompt": PROMPT, "size": "512x512", "steps": 10, "seed": 7}
PASSWORD = "pass-word-1"
EVERY_SERVICE = ("/api/users/profile", "/api/credits", "/api/works/my", "/api/stats/user")


def promote(stage: EmbeddedStage | DistributedStage | ContainerStage, username: str) -> None:
    """Make a user an administrator, by the stage's own command line."""
    if isinstance(stage, ContainerStage):
        stage.command("auth", "auth.admin", "promote", username)
        return
    if isinstance(stage, EmbeddedStage):
        command, settings = ["embedded"], {"DATA_DIR": str(stage.folder / "data")}
    else:
        database = f"e2e_{stage.run}_auth"
        command, settings = ["auth.admin"], {"MONGODB_URL": stage.servers.mongo_url, "AUTH_DATABASE": database}
    promote_by([sys.executable, "-m", *command, "promote"], username, **settings)


def promote_by(command: Sequence[str], username: str, **settings: str) -> None:
    """Make a user an administrator by a command whose last argument is the name."""
    environment = clean_environment(**settings)
    subprocess.run([*command, username], cwd=ROOT, env=environment, check=True, capture_output=True, timeout=60)


async def person(http: httpx.AsyncClient, kind: str) -> Person:
    """A new user with the known password, logged in."""
    name = f"{kind}_{secrets.token_hex(4)}"
    data = {"username": name, "email": f"{name}@example.com", "password": PASSWORD}
    user = (await Person(http).post("/api/users/register", data, status=201))["user"]
    return await log_in(Person(http, name, user_id=user["id"]))


async def login(http: httpx.AsyncClient, username: str, password: str = PASSWORD, **more: object) -> httpx.Response:
    """Try to log in."""
    return await http.post("/api/users/login", json={"username": username, "password": password, **more})


async def shut_out(person: Person) -> bool:
    """Whether every service refuses the token."""
    headers = {"Authorization": f"Bearer {person.token}"}
    answers = [await person.http.get(path, headers=headers) for path in EVERY_SERVICE]
    return [a.json().get("code") for a in answers] == ["UNAUTHORIZED"] * len(EVERY_SERVICE)


async def log_in(person: Person) -> Person:
    """The same person with a new token."""
    answer = await login(person.http, person.name)
    return Person(person.http, person.name, answer.json()["data"]["token"], person.id)


async def paint(painter: Person, images: int = 1, **changes: Json) -> Json:
    """Paint, and wait for the works. Returns the answer of the first request, before anything was painted."""
    before = (await painter.get("/api/works/my"))["pagination"]["total_count"]
    task = await painter.post("/api/generate", {**ORDER, "batchSize": images, **changes}, status=201)

    async def works() -> int:
        return int((await painter.get("/api/works/my"))["pagination"]["total_count"])

    await eventually(works, lambda count: count == before + images, within=60)
    return task


@dataclass
class Cast:
    """Everybody, by name; and what a row may call `$name`."""

    people: dict[str, Person]
    names: dict[str, Json] = field(default_factory=dict)

    @classmethod
    async def of(cls, http: httpx.AsyncClient, make_admin: Callable[[str], None]) -> "Cast":
        """alice has four works (`work` is public), bob none; carol's account is there to be changed; admin is one."""
        people = {name: await person(http, name) for name in ("alice", "bob", "carol", "admin")}
        make_admin(people["admin"].name)
        people["admin"] = await log_in(people["admin"])
        alice = people["alice"]
        task = await paint(alice, 4)
        works = (await alice.get("/api/works/my", sort="created"))["works"]
        names = dict(zip(("work", "private", "draft", "doomed"), (w["id"] for w in works), strict=True))
        title = f"雪山 {alice.name}"
        await alice.put(f"/api/works/{names['work']}", {"title": title, "tags": ["水墨"], "is_public": True})
        comment = await people["bob"].post(f"/api/works/{names['work']}/comments", {"content": "好看"}, status=201)
        names |= {"task": task["taskId"], "created": task, "title": title, "comment": comment["comment"]["id"]}
        names |= {who: p.id for who, p in people.items()} | {f"{who}_name": p.name for who, p in people.items()}
        return cls({**people, "visitor": Person(http)}, {**names, "prompt": PROMPT, "password": PASSWORD})

    def naming(self) -> Callable[[Json], Json]:
        """A function that puts names and ids for every `$name` in a value; `$fresh` is new for each such function."""
        names = {**self.names, "fresh": f"new_{secrets.token_hex(4)}"}

        def meant(value: Json) -> Json:
            if isinstance(value, str):
                whole = value[1:] in names and value[0] == "$"
                return names[value[1:]] if whole else Template(value).substitute(names)
            if isinstance(value, dict):
                return {meant(key): meant(item) for key, item in value.items()}
            return [meant(item) for item in value] if isinstance(value, list) else value

        return meant
