"""Many users at work through the gateway. Each does one thing after another and tells the recorder what was answered.

Nobody repeats what may have happened but under an idempotency key, or as a wish for a state. A pair that was answered
by silence (`maybe`) is left alone until `settle`, after the faults, so that what must be there in the end is exact.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import httpx

from faults.recorder import Answer, Outcome, Recorder

PATIENCE = 20.0  # seconds for one answer
CREDITS = 40  # of a new user
SETTLING = 180.0  # seconds

Json = dict[str, Any]


@dataclass
class Town:
    """What the users know in common: each other, and the public works with their owners."""

    url: str
    http: httpx.AsyncClient
    recorder: Recorder
    people: list["Player"] = field(default_factory=list)
    gallery: dict[int, int] = field(default_factory=dict)


class Player:
    """One user. `unsettled` holds what may or may not have happened, by what it is about, with how to make it sure."""

    def __init__(self, town: Town, name: str, dice: random.Random) -> None:
        self.town = town
        self.name = name
        self.id = 0
        self.token = ""
        self.tasks: list[str] = []
        self.unsettled: dict[str, Callable[[], Awaitable[Outcome]]] = {}
        self.dice = dice
        self._count = 0

    async def settle(self) -> None:
        """Ask for everything that is unsure until it is sure."""
        deadline = time.monotonic() + SETTLING
        while self.unsettled:
            assert time.monotonic() < deadline, f"{self.name} cannot settle {list(self.unsettled)}"
            for again in list(self.unsettled.values()):
                if await again() is Outcome.MAYBE:
                    await asyncio.sleep(0.5)
                if not self.token:
                    await self.log_in()

    async def join(self) -> Outcome:
        """Register until it is certain, then log in."""
        body = {"username": self.name, "email": f"{self.name}@example.com", "password": self.password}
        answer = await self._ask("register", "POST", "/api/users/register", body, subject=self.name)
        if answer.outcome is Outcome.REFUSED and answer.status != 409:
            return Outcome.REFUSED
        self._unless_sure(answer, f"register {self.name}", self.join)
        if self not in self.town.people:
            self.town.people.append(self)
        return await self.log_in()

    async def log_in(self) -> Outcome:
        """Get a token."""
        body = {"username": self.name, "password": self.password}
        answer = await self._ask("login", "POST", "/api/users/login", body, subject=self.name)
        if answer.outcome is Outcome.DONE:
            self.token, self.id = answer.got["token"], answer.got["user"]["id"]
        return answer.outcome

    async def generate(self) -> Outcome:
        """Order one or two pictures under a key of one's own."""
        body = {
            "prompt": f"月光下的雪山 {self.name} {self._next()}",
            "size": "512x512",
            "steps": 10,
            "batchSize": self.dice.randint(1, 2),
            "seed": self.dice.randrange(2**32),
        }
        key = f"{self.name}-{self._next()}"
        return await self.order(key, body)

    async def order(self, key: str, body: Json) -> Outcome:
        """Order by this key, which makes one task however often it comes."""
        answer = await self._ask("generate", "POST", "/api/generate", body, subject=key, key=key)
        if answer.outcome is Outcome.DONE and answer.got["taskId"] not in self.tasks:
            self.tasks.append(answer.got["taskId"])
        return self._unless_sure(answer, f"generate {key}", lambda: self.order(key, body))

    async def cancel(self) -> Outcome:
        """Cancel the latest task, which may have ended."""
        if not self.tasks:
            return await self.generate()
        task = self.tasks[-1]
        return (await self._ask("cancel", "DELETE", f"/api/generate/{task}", subject=task)).outcome

    async def publish(self) -> Outcome:
        """Publish one of the newest works."""
        answer = await self._ask("my works", "GET", "/api/works/my", subject=self.name)
        private = [w["id"] for w in answer.got.get("works", []) if not w["is_public"]]
        return await self._publish(self.dice.choice(private)) if private else answer.outcome

    async def _publish(self, work: int) -> Outcome:
        if f"publish {work}" in self.unsettled:
            return Outcome.MAYBE
        return await self._publish_now(work)

    async def _publish_now(self, work: int) -> Outcome:
        answer = await self._ask("publish", "PUT", f"/api/works/{work}", {"is_public": True}, subject=str(work))
        if answer.outcome is Outcome.DONE:
            self.town.gallery[work] = self.id
        return self._unless_sure(answer, f"publish {work}", lambda: self._publish_now(work))

    async def like(self) -> Outcome:
        """Like somebody's work, or take it back."""
        work = self._somebodys_work()
        if not work or f"like {work}" in self.unsettled:
            return await self.read()
        return await self.wish_like(work, self.dice.random() < 0.7)

    async def wish_like(self, work: int, liked: bool) -> Outcome:
        """Like a work or not."""
        return await self._wish(f"like {work}", f"/api/works/{work}/like", {"liked": liked})

    async def follow(self) -> Outcome:
        """Follow somebody, or stop that."""
        others = [other for other in self.town.people if other.id and other is not self]
        if not others:
            return await self.read()
        other = self.dice.choice(others).id
        if f"follow {other}" in self.unsettled:
            return Outcome.MAYBE
        return await self._wish(
            f"follow {other}", f"/api/users/{other}/follow", {"following": self.dice.random() < 0.7}
        )

    async def _wish(self, what: str, path: str, body: Json) -> Outcome:
        kind, subject = what.split()
        answer = await self._ask(kind, "POST", path, body, subject=subject)
        return self._unless_sure(answer, what, lambda: self._wish(what, path, body))

    async def comment(self) -> Outcome:
        """Say something that nobody says twice."""
        work = self._somebodys_work()
        if not work:
            return await self.read()
        key = f"{self.name}-{self._next()}"
        return await self.say(work, key)

    async def say(self, work: int, key: str) -> Outcome:
        """Comment on a work by this key, which makes one comment however often it comes."""
        path, body = f"/api/works/{work}/comments", {"content": f"好看 {key}"}
        answer = await self._ask("comment", "POST", path, body, subject=f"{work} {key}", key=key)
        return self._unless_sure(answer, f"comment {key}", lambda: self.say(work, key))

    async def view(self) -> Outcome:
        """Look at somebody's work."""
        work = self._somebodys_work()
        if not work:
            return await self.read()
        return await self.look(work)

    async def look(self, work: int) -> Outcome:
        """Look at this work."""
        return (await self._ask("view", "GET", f"/api/works/{work}", subject=str(work))).outcome

    async def log_out(self) -> Outcome:
        """End every session of one's own."""
        answer = await self._ask("logout", "POST", "/api/users/logout", subject=self.name)
        self.token = ""
        return answer.outcome

    async def read(self) -> Outcome:
        """Look at the gallery, the credits or the statistics."""
        path = self.dice.choice(["/api/works/gallery", "/api/credits", "/api/stats/user"])
        return (await self._ask("read", "GET", path, subject=path)).outcome

    @property
    def password(self) -> str:
        """Known to the observer, too."""
        return f"pass-{self.name}-1"

    def _somebodys_work(self) -> int:
        works = list(self.town.gallery)[-40:]
        return self.dice.choice(works) if works else 0

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _unless_sure(self, answer: Answer, about: str, again: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Note what is unsure. A refusal for want of a token says nothing about what was asked before."""
        if answer.outcome is Outcome.MAYBE or (answer.status == 401 and about in self.unsettled):
            self.unsettled[about] = again
        else:
            self.unsettled.pop(about, None)
        return answer.outcome

    async def _ask(
        self, what: str, method: str, path: str, body: Json | None = None, *, subject: str, key: str = ""
    ) -> Answer:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        headers |= {"Idempotency-Key": key} if key else {}
        began, started = time.time(), time.monotonic()
        outcome, status, got = await _answered(self.town.http, method, path, body, headers)
        if status == 401:
            self.token = ""
        answer = Answer(
            what=what,
            who=self.name,
            subject=subject,
            outcome=outcome,
            status=status,
            at=began,
            seconds=round(time.monotonic() - started, 3),
            sent=body or {},
            got=got,
        )
        self.town.recorder.note(answer)
        return answer


async def _answered(
    http: httpx.AsyncClient, method: str, path: str, body: Json | None, headers: dict[str, str]
) -> tuple[Outcome, int, Json]:
    """The outcome, the status (0 for none) and the data. A 5xx may come after the fact, so it is a maybe."""
    try:
        response = await http.request(method, path, json=body, headers=headers)
        said = response.json()
    except (httpx.HTTPError, ValueError):
        return Outcome.MAYBE, 0, {}
    data = said.get("data") or {} if isinstance(said, dict) else {}
    if response.status_code < 300:
        return Outcome.DONE, response.status_code, data
    return (Outcome.MAYBE if response.status_code >= 500 else Outcome.REFUSED), response.status_code, said
