"""The credits ledger: its sums add up whatever is asked of it in whatever order."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from common.errors import AppError
from common.testing.scenario import Scenario
from generation.commands import GrantCredits, OpenAccount, RequestGeneration
from generation.domain import ledger
from generation.domain.ledger import Account, AccountNotFound, InsufficientCredits, TooManyTasks
from generation.events import AccountOpened, CreditsCharged, CreditsGranted, CreditsRefunded, CreditsReserved, Order

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPENED = AccountOpened(user_id=1, opened_at=NOW)
SIGNUP = CreditsGranted(user_id=1, amount=500, balance=500, reason="注册赠送", granted_at=NOW)
RESERVED = CreditsReserved(user_id=1, task_id="a", amount=10, balance=490)
CHARGED = CreditsCharged(user_id=1, task_id="a", amount=10, balance=490)
GRANT = GrantCredits(1, 7, "活动", NOW)

ORDER = Order(
    prompt="猫",
    negative_prompt="",
    model="flat",
    width=512,
    height=512,
    batch_size=1,
    cfg_scale=7.5,
    steps=25,
    seed=10,
    sampler="euler",
    clip_skip=2,
)

account = Scenario(Account(), ledger.evolve)


def reserve(state: Account, task: str, cost: int, limit: int = 100, seconds: int = 7) -> list:
    return ledger.reserve(state, RequestGeneration(task, 1, ORDER, cost, seconds, "t", NOW), limit)


def test_an_account_is_opened_once_with_the_signup_credits() -> None:
    command = OpenAccount(1, 500, NOW)
    account.given().when(lambda a: ledger.open_account(a, command)).then(OPENED, SIGNUP)
    account.given(OPENED, SIGNUP).when(lambda a: ledger.open_account(a, command)).then()
    account.given().when(lambda a: ledger.open_account(a, OpenAccount(1, 0, NOW))).then(OPENED)


def test_a_reservation_is_covered_by_the_balance() -> None:
    rich = account.given(OPENED, SIGNUP)
    rich.when(lambda a: reserve(a, "a", 10)).then(RESERVED)
    rich.when(lambda a: reserve(a, "a", 501)).raises(InsufficientCredits)
    account.given().when(lambda a: reserve(a, "a", 1)).raises(InsufficientCredits)


def test_a_task_is_reserved_for_and_settled_once() -> None:
    account.given(OPENED, SIGNUP, RESERVED).when(lambda a: reserve(a, "a", 10)).then()
    settled = account.given(OPENED, SIGNUP, RESERVED, CHARGED)
    settled.when(lambda a: reserve(a, "a", 10)).then()
    settled.when(lambda a: ledger.settle(a, 1, "a", 0)).then()
    account.given(OPENED, SIGNUP).when(lambda a: ledger.settle(a, 1, "a", 10)).then()


def test_a_user_has_so_many_unfinished_tasks_and_no_more() -> None:
    busy = account.given(OPENED, SIGNUP, RESERVED)
    busy.when(lambda a: reserve(a, "b", 10, limit=1)).raises(TooManyTasks)
    busy.when(lambda a: reserve(a, "a", 10, limit=1)).then()
    busy.when(lambda a: reserve(a, "b", 10, limit=2)).then(RESERVED.model_copy(update={"task_id": "b", "balance": 480}))
    done = account.given(OPENED, SIGNUP, RESERVED, CHARGED)
    done.when(lambda a: reserve(a, "b", 10, limit=1)).then(RESERVED.model_copy(update={"task_id": "b", "balance": 480}))


def test_the_refusal_says_the_limit_and_when_to_come_again() -> None:
    error = account.given(OPENED, SIGNUP, RESERVED).when(lambda a: reserve(a, "b", 10, limit=1)).error
    assert error is not None
    assert (error.status, error.code, error.headers) == (429, "TOO_MANY_TASKS", {"Retry-After": "7"})
    assert "1个" in error.message


def test_what_was_not_delivered_is_refunded() -> None:
    open_task = account.given(OPENED, SIGNUP, RESERVED)
    open_task.when(lambda a: ledger.settle(a, 1, "a", 10)).then(CHARGED)
    refund = CreditsRefunded(user_id=1, task_id="a", amount=10, balance=500)
    open_task.when(lambda a: ledger.settle(a, 1, "a", 0)).then(refund)
    open_task.when(lambda a: ledger.settle(a, 1, "a", 3)).then(
        CreditsCharged(user_id=1, task_id="a", amount=3, balance=490),
        CreditsRefunded(user_id=1, task_id="a", amount=7, balance=497),
    )


def test_a_grant_needs_an_account() -> None:
    account.given().when(lambda a: ledger.grant(a, GRANT)).raises(AccountNotFound)
    granted = CreditsGranted(user_id=1, amount=7, balance=507, reason="活动", granted_at=NOW)
    account.given(OPENED, SIGNUP).when(lambda a: ledger.grant(a, GRANT)).then(granted)


TASKS = st.sampled_from("abcde")
REQUESTS = st.one_of(
    st.tuples(st.just("open"), TASKS, st.just(500)),
    st.tuples(st.just("grant"), TASKS, st.integers(1, 100)),
    st.tuples(st.just("reserve"), TASKS, st.integers(1, 300)),
    st.tuples(st.just("settle"), TASKS, st.integers(0, 400)),
)


def ask(state: Account, request: tuple[str, str, int]) -> list:
    what, task, amount = request
    try:
        match what:
            case "open":
                return ledger.open_account(state, OpenAccount(1, amount, NOW))
            case "grant":
                return ledger.grant(state, GrantCredits(1, amount, "活动", NOW))
            case "reserve":
                return reserve(state, task, amount)
            case _:
                return ledger.settle(state, 1, task, amount)
    except AppError:
        return []


@given(st.lists(REQUESTS, max_size=60))
def test_the_sums_always_add_up(requests: list[tuple[str, str, int]]) -> None:
    state, log = Account(), []
    for request in requests:
        for event in ask(state, request):
            state = ledger.evolve(state, event)
            log.append(event)
            if not isinstance(event, AccountOpened):
                assert event.balance == state.balance
        assert state.balance >= 0
        assert all(amount > 0 for amount in state.reserved.values())

    def total(kind, task=None) -> int:
        return sum(e.amount for e in log if isinstance(e, kind) and (task is None or e.task_id == task))

    assert total(CreditsGranted) == state.balance + sum(state.reserved.values()) + total(CreditsCharged)
    for task in "abcde":
        reserved = total(CreditsReserved, task)
        given_back = total(CreditsCharged, task) + total(CreditsRefunded, task)
        assert given_back == (0 if task in state.reserved else reserved)
        assert sum(isinstance(e, CreditsCharged) and e.task_id == task for e in log) <= 1
