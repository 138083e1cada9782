"""Decisions of the edge, without a server."""

import time
from datetime import UTC, datetime, timedelta

import pytest
from limits import parse

from common.errors import Unavailable
from common.security import KeySet, TokenVerifier
from common.testing.tokens import Tokens
from gateway.domain import Maintenance
from gateway.limiting import Limiter
from gateway.maintenance import Switch
from gateway.memory import WindowMemory
from gateway.policy import Allowed, Policy, Refused
from gateway.revocations import Revocations
from gateway.routes import Limit
from gateway.tokens import RememberedTokens

HOME = "192.0.2.1"
LIMITS = {
    Limit.LOGIN: parse("2/minute"),
    Limit.REGISTER: parse("1/hour"),
    Limit.GENERATE: parse("2/hour"),
    Limit.GENERAL: parse("4/minute"),
}


class Edge:
    """A policy with small limits, asked as a front would."""

    def __init__(self, tokens: Tokens, *, limited: bool = False) -> None:
        self.tokens = tokens
        self.revocations = Revocations()
        limiter = Limiter(WindowMemory(), LIMITS) if limited else None
        self.switch = Switch()
        self.policy = Policy(RememberedTokens(tokens.verifier()), self.revocations, limiter, self.switch)

    async def ask(self, method: str, path: str, token: str = "", address: str = HOME) -> Allowed | Refused:
        return await self.policy.decide(method, path, f"Bearer {token}" if token else "", address)

    async def code(self, method: str, path: str, token: str = "", address: str = HOME) -> str:
        decision = await self.ask(method, path, token, address)
        return decision.error.code if isinstance(decision, Refused) else "allowed"


def a_token(tokens: Tokens, kind: str) -> str:
    match kind:
        case "user":
            return tokens.issue(1)
        case "admin":
            return tokens.issue(2, "root", "admin")
        case "expired":
            return tokens.issue(1, exp=int(time.time()) - 1)
        case "foreign":
            return Tokens().issue(1)
        case "garbage":
            return "not.a.token"
        case _:
            return ""


TABLE = [
    ("POST", "/api/users/login", {"none": "allowed", "expired": "allowed", "user": "allowed"}),
    ("POST", "/api/users/register", {"none": "allowed", "garbage": "allowed"}),
    ("GET", "/api/users/profile", {"none": "UNAUTHORIZED", "user": "allowed", "expired": "UNAUTHORIZED"}),
    ("GET", "/api/works/gallery", {"none": "allowed", "user": "allowed", "expired": "UNAUTHORIZED"}),
    ("GET", "/api/works/7", {"none": "allowed", "garbage": "UNAUTHORIZED", "foreign": "UNAUTHORIZED"}),
    ("POST", "/api/works/7/like", {"none": "UNAUTHORIZED", "user": "allowed", "foreign": "UNAUTHORIZED"}),
    ("GET", "/api/works/moderation", {"none": "UNAUTHORIZED", "user": "FORBIDDEN", "admin": "allowed"}),
    ("POST", "/api/credits/grants", {"user": "FORBIDDEN", "admin": "allowed", "expired": "UNAUTHORIZED"}),
    ("GET", "/media/public/a.png", {"none": "allowed", "expired": "allowed"}),
    ("PUT", "/media/public/a.png", {"admin": "METHOD_NOT_ALLOWED"}),
    ("GET", "/api/nothing", {"none": "NOT_FOUND", "admin": "NOT_FOUND"}),
]
CASES = [(m, path, kind, code) for m, path, outcomes in TABLE for kind, code in outcomes.items()]


@pytest.mark.parametrize(("method", "path", "kind", "code"), CASES)
async def test_each_route_lets_in_whom_it_should(tokens: Tokens, method: str, path: str, kind: str, code: str) -> None:
    assert await Edge(tokens).code(method, path, a_token(tokens, kind)) == code


async def test_a_scheme_other_than_bearer_is_no_token(tokens: Tokens) -> None:
    decision = await Edge(tokens).policy.decide("GET", "/api/works/gallery", "Basic YTpi", HOME)
    assert isinstance(decision, Allowed)
    assert decision.identity is None


async def test_a_revoked_token_is_refused_and_a_newer_one_is_not(tokens: Tokens) -> None:
    edge = Edge(tokens)
    now = time.time()
    old, new, other = tokens.issue(1, iat=now - 10), tokens.issue(1, iat=now - 1), tokens.issue(2, iat=now - 10)
    assert await edge.code("GET", "/api/users/profile", old) == "allowed"
    edge.revocations.learn(1, datetime.fromtimestamp(now - 5, UTC))
    edge.revocations.learn(1, datetime.fromtimestamp(now - 60, UTC))
    assert await edge.code("GET", "/api/users/profile", old) == "UNAUTHORIZED"
    assert await edge.code("GET", "/api/works/7", old) == "UNAUTHORIZED"
    assert await edge.code("POST", "/api/users/login", old) == "allowed"
    assert [await edge.code("GET", "/api/users/profile", t) for t in (new, other)] == ["allowed", "allowed"]


async def test_a_remembered_token_ends_when_it_expires(tokens: Tokens) -> None:
    remembered = RememberedTokens(tokens.verifier(), size=2)
    policy = Policy(remembered, Revocations(), None, Switch())
    token = tokens.issue(1)
    await policy.decide("GET", "/api/users/profile", f"Bearer {token}", HOME)
    identity = await remembered.verify(token)
    assert identity is await remembered.verify(token)
    for user in (2, 3):
        await remembered.verify(tokens.issue(user))
    assert identity is not await remembered.verify(token)
    assert identity.expires_at > datetime.now(UTC) + timedelta(minutes=59)


async def test_a_caller_is_counted_as_user_wherever_they_are(tokens: Tokens) -> None:
    edge = Edge(tokens, limited=True)
    token, home, away = tokens.issue(1), "192.0.2.1", "192.0.2.2"
    codes = [await edge.code("GET", "/api/users/profile", token, place) for place in (home, away, home, away, home)]
    assert codes == ["allowed"] * 4 + ["RATE_LIMITED"]
    assert await edge.code("GET", "/api/users/profile", tokens.issue(2), home) == "allowed"


async def test_strangers_and_false_tokens_are_counted_by_address(tokens: Tokens) -> None:
    edge = Edge(tokens, limited=True)
    asked = [("GET", "/api/works/gallery", ""), ("GET", "/api/users/profile", "false"), ("GET", "/api/stats/user", "")]
    codes = [await edge.code(*request) for request in [*asked, *asked]]
    assert codes == ["allowed", "UNAUTHORIZED", "UNAUTHORIZED", "allowed", "RATE_LIMITED", "RATE_LIMITED"]
    assert await edge.code("GET", "/api/works/gallery", "", "192.0.2.2") == "allowed"


async def test_login_and_register_are_counted_by_address_whoever_says_who_they_are(tokens: Tokens) -> None:
    edge = Edge(tokens, limited=True)
    logins = [await edge.code("POST", "/api/v1/users/login", tokens.issue(user)) for user in (1, 2, 3)]
    assert logins == ["allowed", "allowed", "RATE_LIMITED"]
    assert await edge.code("POST", "/api/users/login", "", "192.0.2.2") == "allowed"
    assert [await edge.code("POST", "/api/users/register") for _ in range(2)] == ["allowed", "RATE_LIMITED"]


async def test_generating_is_limited_for_users_and_free_for_admins(tokens: Tokens) -> None:
    edge = Edge(tokens, limited=True)
    user, admin = tokens.issue(1), tokens.issue(2, "root", "admin")
    assert [await edge.code("POST", "/api/generate", user) for _ in range(3)] == ["allowed", "allowed", "RATE_LIMITED"]
    assert await edge.code("GET", "/api/generate/task_1", user) == "allowed"
    assert [await edge.code("POST", "/api/generate", admin) for _ in range(9)] == ["allowed"] * 9


async def test_pictures_are_not_counted(tokens: Tokens) -> None:
    edge = Edge(tokens, limited=True)
    assert [await edge.code("GET", "/media/public/a.png") for _ in range(9)] == ["allowed"] * 9


async def test_every_counted_answer_says_where_the_caller_stands(tokens: Tokens) -> None:
    edge = Edge(tokens, limited=True)
    allowed, refused = await edge.ask("GET", "/api/works/gallery"), await edge.ask("GET", "/api/users/profile")
    assert isinstance(allowed, Allowed)
    assert isinstance(refused, Refused)
    assert (allowed.headers["X-RateLimit-Remaining"], refused.error.headers["X-RateLimit-Remaining"]) == ("3", "2")
    for _ in range(2):
        await edge.ask("GET", "/api/works/gallery")
    over = await edge.ask("GET", "/api/works/gallery")
    assert isinstance(over, Refused)
    assert over.error.status == 429
    assert int(over.error.headers["Retry-After"]) >= 1


async def test_without_auths_keys_a_token_cannot_be_judged() -> None:
    async def nobody() -> KeySet:
        raise Unavailable

    policy = Policy(RememberedTokens(TokenVerifier(nobody)), Revocations(), None, Switch())
    decision = await policy.decide("GET", "/api/users/profile", f"Bearer {Tokens().issue(1)}", HOME)
    assert isinstance(decision, Refused)
    assert decision.error.status == 503


IN_MAINTENANCE = [
    ("GET", "/health/ready", {"none": "allowed"}),
    ("POST", "/api/users/login", {"none": "allowed", "expired": "allowed"}),
    ("GET", "/media/public/a.png", {"none": "allowed"}),
    ("POST", "/api/users/register", {"none": "MAINTENANCE"}),
    ("GET", "/api/works/gallery", {"none": "MAINTENANCE", "user": "MAINTENANCE", "admin": "allowed"}),
    ("GET", "/api/users/profile", {"expired": "MAINTENANCE", "foreign": "MAINTENANCE", "admin": "allowed"}),
    ("POST", "/api/v1/generate", {"user": "MAINTENANCE", "admin": "allowed"}),
    ("PUT", "/api/admin/maintenance", {"none": "MAINTENANCE", "user": "MAINTENANCE", "admin": "allowed"}),
    ("GET", "/api/nothing", {"none": "NOT_FOUND"}),
]


@pytest.mark.parametrize(
    ("method", "path", "kind", "code"),
    [(m, p, kind, code) for m, p, outcomes in IN_MAINTENANCE for kind, code in outcomes.items()],
)
async def test_in_maintenance_administrators_work_on(
    tokens: Tokens, method: str, path: str, kind: str, code: str
) -> None:
    edge = Edge(tokens)
    edge.switch.learn(Maintenance(enabled=True, message="升级中", retry_after=90))
    decision = await edge.ask(method, path, a_token(tokens, kind))
    if isinstance(decision, Allowed):
        assert code == "allowed"
    else:
        assert decision.error.code == code
        if code == "MAINTENANCE":
            assert (decision.error.status, decision.error.message) == (503, "升级中")
            assert decision.error.headers["Retry-After"] == "90"


async def test_what_maintenance_refuses_is_not_counted(tokens: Tokens) -> None:
    edge = Edge(tokens, limited=True)
    edge.switch.learn(Maintenance(enabled=True))
    assert [await edge.code("GET", "/api/works/gallery") for _ in range(9)] == ["MAINTENANCE"] * 9
    edge.switch.learn(Maintenance())
    assert await edge.code("GET", "/api/works/gallery") == "allowed"


async def test_an_endless_path_or_token_is_refused_unread(tokens: Tokens) -> None:
    edge = Edge(tokens)
    assert await edge.code("GET", "/api/works/" + "7" * 3000) == "URI_TOO_LONG"
    assert await edge.code("GET", "/api/works/gallery", "x" * 5000) == "UNAUTHORIZED"


async def test_two_tokens_are_none(tokens: Tokens) -> None:
    both = f"Bearer {tokens.issue(1)}, Bearer {tokens.issue(2)}"
    decision = await Edge(tokens).policy.decide("GET", "/api/works/gallery", both, HOME)
    assert isinstance(decision, Refused)
    assert decision.error.code == "UNAUTHORIZED"
