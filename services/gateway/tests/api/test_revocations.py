"""Ended sessions, from the message to every replica."""

import asyncio
from datetime import UTC, datetime, timedelta

from common.bus import InProcessBus
from common.context import new_id
from common.contracts.auth import SessionsRevoked
from common.errors import Unavailable
from common.messages import Envelope
from common.mongo import connect, transact
from common.security import Identity
from common.testing.eventually import eventually
from common.testing.tokens import Tokens
from gateway.bootstrap import build
from gateway.revocations import Revocations, RevocationStore
from gateway.settings import Settings

NOW = datetime.now(UTC).replace(microsecond=0)


def revoked(user_id: int, not_before: datetime, number: int = 1) -> Envelope:
    message = SessionsRevoked(user_id=user_id, not_before=not_before)
    return Envelope(
        id=new_id(),
        key=message.routing_key(),
        stream=f"user-{user_id}",
        number=number,
        at=NOW,
        correlation_id=new_id(),
        data=message.model_dump(mode="json"),
    )


def token_of(user_id: int, issued_at: datetime) -> Identity:
    return Identity(user_id, "alice", "user", "t", issued_at, issued_at + timedelta(days=1))


async def test_every_replica_knows_within_a_second_and_after_a_restart(settings: Settings, tokens: Tokens) -> None:
    bus, db = InProcessBus(), connect(settings.mongodb_url.get_secret_value(), settings.database)
    hearing = build(settings, bus=bus, verifier=tokens.verifier())
    known = Revocations()
    other = RevocationStore(db, known)  # a replica that the message itself does not reach
    await hearing.start()
    following = asyncio.create_task(other.follow())
    await eventually(lambda: heard(bus, revoked(7, NOW)))

    async def covered() -> bool:
        return known.cover(token_of(7, NOW - timedelta(seconds=1)))

    await eventually(covered, within=1.0)
    assert not known.cover(token_of(7, NOW))
    assert not known.cover(token_of(8, NOW - timedelta(seconds=1)))
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    await hearing.stop()

    restarted = Revocations()
    await RevocationStore(db, restarted).prepare()
    assert restarted.cover(token_of(7, NOW - timedelta(seconds=1)))
    await db.client.close()


async def heard(bus: InProcessBus, envelope: Envelope) -> bool:
    """Whether the gateway has the message; not before it listens."""
    try:
        await bus.send("gateway", [envelope])
    except Unavailable:
        return False
    return True


async def test_order_and_repetition_do_not_matter(settings: Settings) -> None:
    db = connect(settings.mongodb_url.get_secret_value(), settings.database)
    known = Revocations()
    store = RevocationStore(db, known)
    await store.prepare()
    for not_before in (NOW, NOW - timedelta(hours=1), NOW):
        await transact(db, lambda session, at=not_before: store.note(7, at, session))  # type: ignore[misc]
    await store.refresh()
    assert known.cover(token_of(7, NOW - timedelta(milliseconds=1)))
    assert not known.cover(token_of(7, NOW))
    await db.client.close()
