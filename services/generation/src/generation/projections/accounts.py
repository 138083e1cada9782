"""`accounts`: what each user can spend; and the ledger, read page by page from the account's own stream."""

from typing import Any

from pymongo import DESCENDING

from common.event_store import EventStore
from common.events import Event, Recorded
from common.mongo import Database, Document
from common.projections import View
from generation.events import (
    AccountOpened,
    CreditsCharged,
    CreditsGranted,
    CreditsRefunded,
    CreditsReserved,
)

ENTRY = {
    CreditsGranted.name: "granted",
    CreditsReserved.name: "reserved",
    CreditsCharged.name: "charged",
    CreditsRefunded.name: "refunded",
}


def fold(account: Document | None, recorded: Recorded) -> Document | None:
    """The account's document after the event."""
    event = recorded.event
    if isinstance(event, AccountOpened):
        return {"user_id": event.user_id, "balance": 0, "reserved": 0}
    if account is None:
        return None
    match event:
        case CreditsGranted():
            return {**account, "balance": event.balance}
        case CreditsReserved():
            return {**account, "balance": event.balance, "reserved": account["reserved"] + event.amount}
        case CreditsCharged() | CreditsRefunded():
            return {**account, "balance": event.balance, "reserved": account["reserved"] - event.amount}
        case _:
            return account


ACCOUNTS = View("accounts", "account", fold, key=int)


async def account_of(db: Database, user_id: int) -> Document | None:
    """The user's account, if it was opened."""
    return await db.accounts.find_one({"_id": user_id})


async def ledger_of(store: EventStore, user_id: int, *, skip: int, limit: int) -> tuple[list[Document], int]:
    """A page of the account's entries, newest first, and how many there are."""
    match: dict[str, Any] = {"stream": f"account-{user_id}", "type": {"$in": list(ENTRY)}}
    total = await store.db.events.count_documents(match)
    cursor = store.db.events.find(match).sort("number", DESCENDING).skip(skip).limit(limit)
    return [_entry(store.decode(document)) async for document in cursor], total


def _entry(recorded: Recorded) -> Document:
    event = recorded.event
    return {"type": ENTRY[event.name], **_fields(event), "created_at": recorded.at}


def _fields(event: Event) -> Document:
    """`amount` as it stands in the event, `change` as it moved the balance."""
    match event:
        case CreditsGranted():
            return {"amount": event.amount, "change": event.amount, "balance": event.balance, "reason": event.reason}
        case CreditsReserved():
            change = -event.amount
        case CreditsRefunded():
            change = event.amount
        case _:
            change = 0
    fields = event.model_dump(include={"amount", "balance", "task_id"})
    return {**fields, "change": change}
