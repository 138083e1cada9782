"""auth for tests: the whole service on a real MongoDB, with the in-process bus and cheap password hashing."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from argon2 import PasswordHasher
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import SecretStr

from auth.adapters.passwords import Passwords
from auth.bootstrap import build, open_store, utc_now
from auth.settings import Settings
from common.bus import InProcessBus
from common.event_store import EventStore
from common.mongo import Database
from common.objects import FolderStore
from common.service import Service

PASSWORD = "secret123"  # noqa: S105  (a password for tests)


@dataclass
class Clock:
    """The real time, moved forward at will."""

    ahead: timedelta = timedelta()

    def __call__(self) -> datetime:
        """Now, or later."""
        return utc_now() + self.ahead


@dataclass
class Auth:
    """The running service and a client of it."""

    service: Service
    settings: Settings
    client: httpx.AsyncClient
    store: EventStore
    bus: InProcessBus
    objects: FolderStore
    clock: Clock

    @property
    def db(self) -> Database:
        """Where the read models are."""
        return self.store.db

    async def register(self, name: str, **others: Any) -> httpx.Response:
        """POST /api/users/register."""
        body = {"username": name, "email": f"{name}@example.com", "password": PASSWORD, **others}
        return await self.client.post("/api/users/register", json=body)

    async def login(self, name: str, password: str = PASSWORD, **others: Any) -> httpx.Response:
        """POST /api/users/login."""
        return await self.client.post("/api/users/login", json={"username": name, "password": password, **others})

    async def bearer(self, name: str) -> dict[str, str]:
        """Registers where needed, logs in, and gives the header that sends the token."""
        await self.register(name)
        answer = await self.login(name)
        return {"Authorization": f"Bearer {answer.json()['data']['token']}"}

    async def id_of(self, name: str) -> int:
        """The id behind a user name."""
        found = await self.db.users.find_one({"username": name})
        return int((found or {})["_id"])


def pem(key: Ed25519PrivateKey) -> str:
    """A private key as the setting takes it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def settings_for(mongo_url: str, database: str, key: Ed25519PrivateKey | None = None, **others: Any) -> Settings:
    """Settings with a database of one's own and, unless given, a signing key of one's own."""
    return Settings(
        mongodb_url=SecretStr(mongo_url),
        rabbitmq_url=SecretStr("amqp://unused"),
        s3_endpoint="http://unused",
        s3_access_key=SecretStr("unused"),
        s3_secret_key=SecretStr("unused"),
        public_url="http://localhost:8000",
        database=database,
        pem=SecretStr(pem(key or Ed25519PrivateKey.generate())),
        **others,
    )


@asynccontextmanager
async def running(
    settings: Settings, folder: Path, *, passwords: Passwords | None = None, refusal_step: float = 0
) -> AsyncIterator[Auth]:
    """The service, started, and stopped at the end. Hashing is cheap and refusals are quick unless told otherwise."""
    bus, clock = InProcessBus(), Clock()
    objects = FolderStore(folder, settings.public_url, b"secret")
    cheap = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
    service = build(
        settings, bus=bus, objects=objects, passwords=passwords or cheap, now=clock, refusal_step=refusal_step
    )
    store = open_store(settings.mongodb_url.get_secret_value(), settings.database)
    await service.start()
    transport = httpx.ASGITransport(app=service.app)
    try:
        async with httpx.AsyncClient(transport=transport, base_url="http://auth") as client:
            yield Auth(service, settings, client, store, bus, objects, clock)
    finally:
        await service.stop()
        await store.db.client.close()
