"""Gathers a `Situation`: over the API as its users, and read-only from databases, broker and service logs."""

import asyncio
import hashlib
import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx
from PIL import Image

from common.errors import NotFound
from common.events import Recorded
from common.mongo import Database
from common.objects import ORIGINALS
from common.s3 import S3Store
from faults import databases
from faults.databases import CONSUMERS, STORES
from faults.servers import FaultServers
from faults.situation import Inbox, Json, PictureSeen, Situation, UserFacts, ViewContent
from faults.stage import FaultStage
from faults.workload import CREDITS, Player, Town

AT_ONCE = 6
VERIFIED = (*STORES, "stats")


class Observer:
    """Reads everything there is to read about one stage."""

    def __init__(self, stage: FaultStage, servers: FaultServers, town: Town) -> None:
        self._stage = stage
        self._servers = servers
        self._town = town
        self._turns = asyncio.Semaphore(AT_ONCE)
        at = servers.s3
        self._objects = S3Store(at.endpoint, at.access_key, at.secret_key, stage.url)

    async def quiet(self, patience: float) -> bool:
        """Wait until no task is open, no event unpublished, no message held; false after `patience` s of standstill."""
        clock = asyncio.get_running_loop().time
        before, since = await self._under_way(), clock()
        while any(before):
            await asyncio.sleep(0.5)
            now = await self._under_way()
            if now != before:
                before, since = now, clock()
            elif clock() > since + patience:
                return False
        return True

    async def _under_way(self) -> list[int]:
        """How many tasks are open, events unpublished and pictures painted; then how many messages are not handled;
        then how many the broker says that it holds, which is slow to ask and seconds behind.
        """
        counts = []
        for name in STORES:
            async with self._database(name) as db:
                counts += await databases.under_way_in(db)
        if not any(counts):
            counts = [await self._unheard()]
        return counts if any(counts) else list((await self._queues()).values())

    async def _unheard(self) -> int:
        """How many messages were told that their consumers have not handled."""
        decoded, _, _ = await self._stores()
        inboxes = [await self._inbox(name, decoded) for name in CONSUMERS]
        return sum(len(inbox.told - inbox.ids) for inbox in inboxes)

    async def situation(self, verified: Sequence[str] = VERIFIED) -> Situation:
        """Everything, as it is now; `verified` services are asked to verify themselves."""
        users = dict(await self._each(self._user(player) for player in self._town.people))
        public = {w["id"]: name for name, user in users.items() for w in user.works if w["is_public"]}
        players = {player.name: player for player in self._town.people}
        details = dict(await self._each(self._work(work, players[name]) for work, name in public.items()))
        images = [image for user in users.values() for task in user.tasks for image in task["images"]]
        decoded, logs, views = await self._stores()
        painted = (e["data"] for e in logs["generation"] if e["type"] == "ImageGenerated")
        originals = {picture["image_id"]: picture["image_key"] for picture in painted}
        return Situation(
            answers=list(self._town.recorder.answers),
            faulted=list(self._town.recorder.faulted),
            users=users,
            works={work: detail for work, (detail, _) in details.items()},
            comments={work: said for work, (_, said) in details.items()},
            pictures=dict(await self._each(self._original(i["id"], i["url"], originals[i["id"]]) for i in images)),
            public_pictures=dict(
                await self._each(self._picture(work, detail["image_url"]) for work, (detail, _) in details.items())
            ),
            logs=logs,
            views=views,
            inboxes={name: await self._inbox(name, decoded) for name in CONSUMERS},
            dead_letters=[letter for name in (*STORES, "stats") for letter in await self._dead_letters(name)],
            queues=await self._queues(),
            uncounted=Counter(self._uncounted()),
            ended=list(self._stage.ended),
            verified={
                name: await asyncio.to_thread(self._stage.operate, name, "verify", "--settled", "1")
                for name in verified
            },
            signup_credits=CREDITS,
        )

    async def _stores(self) -> tuple[dict[str, list[Recorded]], dict[str, list[Json]], dict[str, ViewContent]]:
        """The logs of all services, decoded and as they are stored, and the read models."""
        decoded: dict[str, list[Recorded]] = {}
        logs: dict[str, list[Json]] = {}
        views: dict[str, ViewContent] = {}
        for name in STORES:
            async with self._database(name) as db:
                decoded[name], logs[name] = await databases.log_of(db, name)
                views |= await databases.views_of(db, name, decoded[name])
        return decoded, logs, views

    async def _each(self, asked: Iterable[Any]) -> list[Any]:
        async def in_turn(one: Any) -> Any:
            async with self._turns:
                return await one

        return [found for found in await asyncio.gather(*map(in_turn, asked)) if found is not None]

    async def _user(self, player: Player) -> tuple[str, UserFacts] | None:
        if not player.token:
            await player.log_in()
        if not player.token:
            return None  # gone: the check of users says so
        credits_, ledger = await self._pages(player, "/api/credits", "ledger")
        _, tasks = await self._pages(player, "/api/generate", "tasks")
        own = await self.works_of(player)
        public = (await self._get(player, f"/api/users/{player.id}"))["user"]
        return player.name, UserFacts(
            id=player.id,
            balance=credits_["balance"],
            reserved=credits_["reserved"],
            ledger=ledger,
            tasks=tasks,
            works=own,
            figures=await self._get(player, "/api/stats/user"),
            followers=public["followers_count"],
        )

    async def works_of(self, player: Player) -> list[Json]:
        """All works of a user, as they are listed to them."""
        _, works = await self._pages(player, "/api/works/my", "works")
        return works

    async def _work(self, work: int, owner: Player) -> tuple[int, tuple[Json, list[Json]]]:
        """Seen by its owner, whose looks are not counted."""
        detail = (await self._get(owner, f"/api/works/{work}"))["work"]
        _, said = await self._pages(owner, f"/api/works/{work}/comments", "comments")
        return work, (detail, said)

    async def _pages(self, player: Player, path: str, items: str) -> tuple[Json, list[Json]]:
        found: list[Json] = []
        for page in range(1, 1000):
            data = await self._get(player, path, page=page, limit=100)
            found += data[items]
            if not data["pagination"]["has_next"]:
                return data, found
        raise AssertionError(f"{path} has no end")

    async def _get(self, player: Player, path: str, **query: int) -> Json:
        """What is answered at last: an observer's request may be repeated, for it promises nothing."""
        response: httpx.Response | None = None
        for _ in range(20):
            try:
                headers = {"Authorization": f"Bearer {player.token}"}
                response = await self._town.http.get(path, params=query, headers=headers)
            except httpx.HTTPError:
                continue
            if response.status_code == 200:
                data: Json = response.json()["data"]
                return data
            if response.status_code == 401:
                await player.log_in()
            await asyncio.sleep(0.3)
        raise AssertionError(f"{path}: {response.text if response else 'no answer'}")

    async def _picture(self, key: Any, address: str) -> tuple[Any, PictureSeen]:
        response = await self._town.http.get(address)
        if response.status_code == httpx.codes.OK:
            await asyncio.to_thread(_whole, response.content)
        return key, PictureSeen(response.status_code)

    async def _original(self, image: str, address: str, key: str) -> tuple[str, PictureSeen]:
        _, seen = await self._picture(image, address)
        try:
            data = await self._objects.get(ORIGINALS, key)
        except NotFound:
            return image, seen
        return image, PictureSeen(seen.status, hashlib.sha256(data).hexdigest())

    async def _inbox(self, consumer: str, logs: dict[str, list[Recorded]]) -> Inbox:
        async with self._database(consumer) as db:
            return await databases.inbox_of(db, consumer, logs)

    async def hears(self) -> dict[str, set[str]]:
        """The routing keys that each consumer has asked for."""
        found = {}
        for name in CONSUMERS:
            async with self._database(name) as db:
                found[name] = await databases.heard_by(db, name)
        return found

    async def _dead_letters(self, name: str) -> list[str]:
        async with self._database(name) as db:
            return await databases.dead_letters_of(db, name)

    async def _queues(self) -> dict[str, int]:
        said = await asyncio.to_thread(
            self._servers.rabbitmqctl,
            *("list_queues", "-p", self._servers.space, "name", "messages", "--formatter", "json"),
        )
        return {queue["name"]: int(queue["messages"]) for queue in json.loads(said) if queue["name"] != "faults.tap"}

    def _uncounted(self) -> Iterable[int]:
        for line in self._stage.log("works").splitlines():
            if '"view_not_counted"' in line:
                yield int(json.loads(line)["work_id"])

    def _database(self, name: str) -> AbstractAsyncContextManager[Database]:
        return databases.opened(self._servers.mongo_url, f"e2e_{self._stage.run}_{name}")


def _whole(data: bytes) -> None:
    """Raises `OSError` for a picture that cannot be read to its end."""
    Image.open(io.BytesIO(data)).load()
