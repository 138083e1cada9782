"""Commands on credit accounts."""

from datetime import datetime

from common.idempotency import Repeatable, once
from common.mongo import Document, Session
from generation.commands import GrantCredits, OpenAccount
from generation.domain import ledger
from generation.handlers.aggregates import Aggregates


async def open_account(user_id: int, now: datetime, aggregates: Aggregates, session: Session | None = None) -> None:
    """Make sure the user has an account: at registration, or at the first use when that comes before the message."""
    command = OpenAccount(user_id, aggregates.signup_credits, now)
    await aggregates.accounts.update(user_id, lambda account: ledger.open_account(account, command), session=session)


async def grant_credits(command: GrantCredits, aggregates: Aggregates, repeatable: Repeatable | None) -> Document:
    """Give credits; returns `{"user_id", "amount", "balance"}`, the same again for a repeated key."""

    async def work(session: Session) -> Document:
        account = await aggregates.accounts.update(
            command.user_id, lambda account: ledger.grant(account, command), session=session
        )
        return {"user_id": command.user_id, "amount": command.amount, "balance": account.balance}

    return await once(aggregates.store, repeatable, work)
