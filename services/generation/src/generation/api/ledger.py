"""GET /api/credits, POST /api/credits/grants, POST /api/generate/quote."""

import math
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from common.http import Body, Moment, Paging, Reply, Text, refusals
from common.http.pages import Pagination
from common.idempotency import IdempotencyKey, KeyReused, repeatable
from common.mongo import Document
from common.security import CurrentAdmin, CurrentUser
from generation import handlers
from generation.api import examples
from generation.api.answers import Camel
from generation.api.deps import Deps
from generation.api.orders import QUOTE_CODES, QuoteBody, estimated_seconds, model_of, sides
from generation.commands import GrantCredits
from generation.domain import pricing
from generation.domain.estimates import Kind
from generation.domain.ledger import AccountNotFound
from generation.projections.accounts import account_of, ledger_of


class LedgerEntry(BaseModel):
    """One line: `amount` credits were granted, reserved, charged or refunded; `change` is how the balance moved."""

    type: Literal["granted", "reserved", "charged", "refunded"]
    amount: int
    change: int
    balance: int
    task_id: str | None = None
    reason: str | None = None
    created_at: Moment


class Credits(BaseModel):
    """What can be spent, what is set aside for running tasks, and how it came to that, newest first."""

    balance: int
    reserved: int
    ledger: list[LedgerEntry]
    pagination: Pagination


class Quote(Camel):
    """The price of a request, and whether the balance covers it."""

    cost: int
    estimated_time: int
    balance: int
    affordable: bool


class GrantBody(Body):
    """A gift of credits."""

    user_id: int = Field(ge=1, lt=2**53)
    amount: int = Field(ge=1, le=1_000_000)
    reason: Annotated[Text, Field(min_length=1, max_length=200)] = "管理员赠送"


class Granted(BaseModel):
    """The balance after a grant."""

    user_id: int
    amount: int
    balance: int


def routes(deps: Deps) -> APIRouter:
    """Everything about credits."""
    router = APIRouter(tags=["积分"])

    @router.get("/api/credits", summary="查询积分余额与流水", openapi_extra=examples.CREDITS)
    async def my_credits(user: CurrentUser, paging: Paging) -> Reply[Credits]:
        account = await _account(user.user_id, deps)
        skip = (paging.page - 1) * paging.limit
        entries, total = await ledger_of(deps.store, user.user_id, skip=skip, limit=paging.limit)
        pages = math.ceil(total / paging.limit)
        pagination = Pagination(
            current_page=paging.page,
            total_pages=pages,
            total_count=total,
            has_next=paging.page < pages,
            has_prev=paging.page > 1,
        )
        ledger = [LedgerEntry(**entry) for entry in entries]
        balances = {"balance": account["balance"], "reserved": account["reserved"]}
        return Reply(data=Credits(**balances, ledger=ledger, pagination=pagination))

    @router.post("/api/generate/quote", summary="查询生成价格", openapi_extra=QUOTE_CODES | examples.QUOTE)
    async def quote(body: QuoteBody, user: CurrentUser) -> Reply[Quote]:
        model, (width, height) = await model_of(body, deps), sides(body.size)
        cost = pricing.price(model, width, height, body.batch_size, body.steps)
        seconds = await estimated_seconds(Kind(model, width, height, body.steps), body.batch_size, deps)
        balance = (await _account(user.user_id, deps))["balance"]
        return Reply(data=Quote(cost=cost, estimated_time=seconds, balance=balance, affordable=balance >= cost))

    @router.post(
        "/api/credits/grants",
        status_code=201,
        summary="管理员赠送积分",
        openapi_extra=examples.GRANT,
        responses=refusals(AccountNotFound, KeyReused),
    )
    async def grant(body: GrantBody, admin: CurrentAdmin, key: IdempotencyKey) -> Reply[Granted]:
        command = GrantCredits(body.user_id, body.amount, body.reason, datetime.now(UTC))
        repeat = repeatable(admin.user_id, "grant", key, body.model_dump_json())
        granted = await handlers.grant_credits(command, deps.aggregates, repeat)
        return Reply(data=Granted(**granted), message="积分赠送成功")

    return router


async def _account(user_id: int, deps: Deps) -> Document:
    """The account, opened now when the news of the registration has not arrived yet."""
    account = await account_of(deps.db, user_id)
    if account is None:
        await handlers.open_account(user_id, datetime.now(UTC), deps.aggregates)
        account = await account_of(deps.db, user_id)
    assert account is not None  # noqa: S101  (opened above)
    return account
