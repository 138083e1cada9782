"""The credits ledger of one user: granted, reserved, then charged or refunded. The balance is never negative."""

from pydantic import Field

from common.errors import NotFound, PaymentRequired, RateLimited
from common.events import Event, State
from generation.commands import GrantCredits, OpenAccount, RequestGeneration
from generation.events import (
    AccountOpened,
    CreditsCharged,
    CreditsGranted,
    CreditsRefunded,
    CreditsReserved,
)

SIGNUP = "注册赠送"
TASKS_PER_USER = 100
LONGEST_RETRY = 60  # seconds


class InsufficientCredits(PaymentRequired):
    """The balance does not cover the cost."""

    def __init__(self, cost: int, balance: int) -> None:
        super().__init__(f"积分不足：需要 {cost} 积分，当前余额 {balance} 积分")


class TooManyTasks(RateLimited):
    """The user has as many unfinished tasks as one may have; `seconds` is about when one of them will be done."""

    code = "TOO_MANY_TASKS"
    message = "未完成的任务已达上限，请等待完成或取消后再提交"

    def __init__(self, limit: int, seconds: int) -> None:
        said = f"未完成的任务已达上限（{limit}个），请等待完成或取消后再提交"
        super().__init__(said, headers={"Retry-After": str(seconds)})


class AccountNotFound(NotFound):
    """The user has no account."""

    message = "用户不存在"


class Account(State):
    """`balance` can be spent; `reserved` holds what is set aside for each open task, `settled` the tasks done with."""

    opened: bool = False
    balance: int = 0
    reserved: dict[str, int] = Field(default_factory=dict)
    settled: frozenset[str] = frozenset()


def evolve(account: Account, event: Event) -> Account:
    """The account after the event."""
    match event:
        case AccountOpened():
            return account.but(opened=True)
        case CreditsGranted():
            return account.but(balance=account.balance + event.amount)
        case CreditsReserved():
            reserved = {**account.reserved, event.task_id: event.amount}
            return account.but(balance=account.balance - event.amount, reserved=reserved)
        case CreditsCharged():
            return _settled(account, event.task_id, event.amount)
        case CreditsRefunded():
            return _settled(account, event.task_id, event.amount).but(balance=account.balance + event.amount)
        case _:
            return account


def _settled(account: Account, task_id: str, amount: int) -> Account:
    reserved = dict(account.reserved)
    reserved[task_id] -= amount
    if not reserved[task_id]:
        del reserved[task_id]
    return account.but(reserved=reserved, settled=account.settled | {task_id})


def open_account(account: Account, command: OpenAccount) -> list[Event]:
    """Open the account with the credits of a new user; once."""
    if account.opened:
        return []
    opened = AccountOpened(user_id=command.user_id, opened_at=command.now)
    if not command.signup_credits:
        return [opened]
    gift = CreditsGranted(
        user_id=command.user_id,
        amount=command.signup_credits,
        balance=command.signup_credits,
        reason=SIGNUP,
        granted_at=command.now,
    )
    return [opened, gift]


def grant(account: Account, command: GrantCredits) -> list[Event]:
    """Add credits to an account that exists."""
    if not account.opened:
        raise AccountNotFound
    return [
        CreditsGranted(
            user_id=command.user_id,
            amount=command.amount,
            balance=account.balance + command.amount,
            reason=command.reason,
            granted_at=command.now,
        )
    ]


def reserve(account: Account, command: RequestGeneration, tasks_per_user: int) -> list[Event]:
    """Set the cost aside for a task, once for each task; every unfinished task has something set aside."""
    cost, balance = command.cost, account.balance
    if command.task_id in account.reserved or command.task_id in account.settled:
        return []
    if cost > balance:
        raise InsufficientCredits(cost, balance)
    if len(account.reserved) >= tasks_per_user:
        raise TooManyTasks(tasks_per_user, min(command.estimated_seconds, LONGEST_RETRY))
    return [CreditsReserved(user_id=command.user_id, task_id=command.task_id, amount=cost, balance=balance - cost)]


def settle(account: Account, user_id: int, task_id: str, charge: int) -> list[Event]:
    """Spend `charge` (at most what is reserved) and give the rest back, once for each task."""
    if task_id in account.settled or task_id not in account.reserved:
        return []
    reserved = account.reserved[task_id]
    spent = min(charge, reserved)
    events: list[Event] = []
    if spent:
        events.append(CreditsCharged(user_id=user_id, task_id=task_id, amount=spent, balance=account.balance))
    if rest := reserved - spent:
        balance = account.balance + rest
        events.append(CreditsRefunded(user_id=user_id, task_id=task_id, amount=rest, balance=balance))
    return events
