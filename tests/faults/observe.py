"""Gathers a `Situation`: over the API as its users, and read-only from databases, broker and service logs."""

import asyncio
import hashlib
import io
import json
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable, Sequence
from typing import Any

import bson
import httpx
from bson.codec_options import CodecOptions
from PIL import Image

import auth.events
import auth.messaging
import auth.projections
import gateway.events
import gateway.messaging
import gateway.projections
import generation.events
import generation.messaging
import generation.projections
import works.events
import works.messaging
import works.projections
from common.errors import NotFound
from common.event_store import EventStore
from common.events import Codec, Recorded
from common.mongo import Database, connect
from common.objects import ORIGINALS
from common.projections import View
from common.relay import Tells, to_envelope
from common.s3 import S3Store
from faults.servers import FaultServers
from faults.situation import Inbox, Json, PictureSeen, Situation, UserFacts, ViewContent
from faults.stage import FaultStage
from faults.workload import CREDITS, Player, Town

AT_ONCE = 6
READING = CodecOptions[dict[str, Any]](tz_aware=True)

STORES: dict[str, tuple[Codec, Sequence[View], Tells]] = {
    "auth": (auth.events.CODEC, auth.projections.VIEWS, auth.messaging.TELLS),
    "generation": (generation.events.CODEC, generation.projections.VIEWS, generation.messaging.TELLS),
    "works": (works.events.CODEC, works.projections.VIEWS, works.messaging.TELLS),
    "gateway": (gateway.events.CODEC, [gateway.projections.MAINTENANCE], gateway.messaging.TELLS),
}
VERIFIED = (*STORES, "stats")
CONSUMERS = ("generation", "works", "stats", "gateway")


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
        """How many tasks are open, pictures painted for them, events unpublished and messages held."""
        counts = []
        for name in STORES:
            async with self._database(name) as db:
                open_tasks = await db.tasks.find(
                    {"status": {"$in": ["pending", "processing"]}}, {"images._id": 1}
                ).to_list()
                counts += [len(open_tasks), await db.events.count_documents({"unpublished": True})]
                counts += [sum(len(task["images"]) for task in open_tasks)]
        return [*counts, *(await self._queues()).values()]

    async def situation(self, verified: Sequence[str] = VERIFIED) -> Situation:
        """Everything, as it is now; `verified` services are asked to verify themselves."""
        users = dict(await self._each(self._user(player) for player in self._town.people))
        public = {w["id"]: name for name, user in users.items() for w in user.works if w["is_public"]}
        players = {player.name: player for player in self._town.people}
        details = dict(await self._each(self._work(work, players[name]) for work, name in public.items()))
        images = [image for user in users.values() for task in user.tasks for image in task["images"]]
        decoded: dict[str, list[Recorded]] = {}
        logs: dict[str, list[Json]] = {}
        views: dict[str, ViewContent] = {}
        for name in STORES:
            async with self._database(name) as db:
                decoded[name], logs[name] = await _log(db, name)
                views |= await _views(db, name, decoded[name])
        painted = (e["data"] for e in logs["generation"] if e["type"] == "ImageGenerated")
        originals = {picture["image_id"]: picture["image_key"] for picture in painted}
        return Situation(
            answers=list(self._town.recorder.answers),
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
        _, own = await self._pages(player, "/api/works/my", "works")
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
            heard = (await db.consumers.find_one({"_id": consumer}) or {"keys": []})["keys"]
            ids = frozenset([entry["_id"] async for entry in db.inbox.find({}, {"_id": 1})])
            indexes = [index async for index in await db.inbox.list_indexes()]
        lives = [index["expireAfterSeconds"] for index in indexes if "expireAfterSeconds" in index]
        envelopes = [to_envelope(r, STORES[name][2]) for name, log in logs.items() for r in log]
        told = frozenset(e.id for e in envelopes if e is not None and e.key in heard)
        return Inbox(ids, told, int(lives[0]) if lives else None)

    async def _verify(self, service: str) -> str:
        return await asyncio.to_thread(self._stage.operate, service, "verify", "--settled", "1")

    async def hears(self) -> dict[str, set[str]]:
        """The routing keys that each consumer has asked for."""
        found = {}
        for name in CONSUMERS:
            async with self._database(name) as db:
                found[name] = set((await db.consumers.find_one({"_id": name}) or {"keys": []})["keys"])
        return found

    async def _dead_letters(self, name: str) -> list[str]:
        async with self._database(name) as db:
            return [f"{name}: {letter['key']} {letter['error']}" async for letter in db.dead_letters.find()]

    async def _queues(self) -> dict[str, int]:
        said = await asyncio.to_thread(
            self._servers.rabbitmqctl,
            "list_queues",
            "-p",
            self._servers.space,
            "name",
            "messages",
            "--formatter",
            "json",
        )
        return {queue["name"]: int(queue["messages"]) for queue in json.loads(said) if queue["name"] != "faults.tap"}

    def _uncounted(self) -> Iterable[int]:
        for line in self._stage.log("works").splitlines():
            if '"view_not_counted"' in line:
                yield int(json.loads(line)["work_id"])

    def _database(self, name: str) -> "_Opened":
        return _Opened(connect(self._servers.mongo_url, f"e2e_{self._stage.run}_{name}"))


def _whole(data: bytes) -> None:
    """Raises `OSError` for a picture that cannot be read to its end."""
    Image.open(io.BytesIO(data)).load()


class _Opened:
    """A database whose connection ends with the block."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def __aenter__(self) -> Database:
        return self._db

    async def __aexit__(self, *_: object) -> None:
        await self._db.client.close()


async def _log(db: Database, name: str) -> tuple[list[Recorded], list[Json]]:
    store = EventStore(db, STORES[name][0])
    documents = [document async for document in db.events.find().sort("number", 1)]
    return [store.decode(document) for document in documents], documents


async def _views(db: Database, name: str, log: Sequence[Recorded]) -> dict[str, ViewContent]:
    found = {}
    for view in STORES[name][1]:
        stored = {document["_id"]: document async for document in _documents(db, view)}
        found[f"{name}.{view.name}"] = ViewContent(stored, _folded(view, log))
    if name == "works":
        _recount(found)
    return found


async def _documents(db: Database, view: View) -> AsyncIterator[Json]:
    async for document in db[view.name].find():
        yield document


def _folded(view: View, log: Sequence[Recorded]) -> dict[Any, Json]:
    """What a rebuild would make of the log, as MongoDB would give it back; `log` is ordered by number."""
    documents: dict[Any, Json | None] = {}
    for recorded in log:
        if view.covers(recorded.stream):
            key = view.key(recorded.key)
            document = view.fold(documents.get(key), recorded)
            documents[key] = {**document, "_id": key, "_number": recorded.number} if document is not None else None
    return {key: _kept({**document, **view.tallied}) for key, document in documents.items() if document is not None}


def _kept(document: Json) -> Json:
    return dict(bson.decode(bson.encode(document), READING))


def _recount(views: dict[str, ViewContent]) -> None:
    """The tallied figures of works, counted from the folded likes, viewers, ratings and comments."""
    about: dict[str, dict[int, list[Json]]] = {}
    for name in ("likes", "viewers", "ratings", "comments"):
        about[name] = defaultdict(list)
        for document in views[f"works.{name}"].folded.values():
            about[name][document["work_id"]].append(document)
    for key, work in views["works.works"].folded.items():
        scores = [rating["score"] for rating in about["ratings"][key]]
        work["likes"] = sum(1 for like in about["likes"][key] if like["liked"])
        work["views"] = sum(viewer["times"] for viewer in about["viewers"][key])
        work["comments_count"] = len(about["comments"][key])
        work["rating"] = sum(scores) / len(scores) if scores else 0.0
        work["ratings_count"] = len(scores)
