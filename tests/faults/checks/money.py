"""Credits: what each user is told, and what all the books say together."""

from collections import Counter
from collections.abc import Sequence

from faults.checks.verdict import Verdict
from faults.situation import Json, Situation
from generation.domain.pricing import charge_for


def ledger(s: Situation) -> Verdict:
    """Per account: postings explain the balance, nothing is negative, each task is paid for once, by what it gave."""
    losses: list[str] = []
    doubles: list[str] = []
    for name, user in s.users.items():
        by_type: dict[str, int] = Counter()
        for entry in user.ledger:
            by_type[entry["type"]] += entry["amount"]
        if sum(entry["change"] for entry in user.ledger) != user.balance:
            losses.append(f"{name}: postings do not add up to the balance {user.balance}")
        if min([user.balance, *(entry["balance"] for entry in user.ledger)]) < 0:
            losses.append(f"{name}: a negative balance")
        if user.reserved:
            losses.append(f"{name}: {user.reserved} credits are set aside for nothing")
        if by_type["granted"] != s.signup_credits:
            (doubles if by_type["granted"] > s.signup_credits else losses).append(
                f"{name}: {by_type['granted']} credits at registration instead of {s.signup_credits}"
            )
        for task in user.tasks:
            _settled_once(name, task, user.ledger, losses, doubles)
    promised = sum(len(user.tasks) for user in s.users.values())
    return Verdict("the ledger is exact, charged once by what was delivered", promised, losses, doubles)


def _settled_once(name: str, task: Json, entries: Sequence[Json], losses: list[str], doubles: list[str]) -> None:
    own = [entry for entry in entries if entry.get("task_id") == task["task_id"]]
    sums: dict[str, int] = Counter()
    for entry in own:
        sums[entry["type"]] += entry["amount"]
    due = charge_for(task["cost"], task["batch_size"], len(task["images"]))
    expected = {"reserved": task["cost"], "charged": due, "refunded": task["cost"] - due}
    for kind, amount in expected.items():
        if sums[kind] != amount:
            said = f"{name}: task {task['task_id']} {kind} {sums[kind]} instead of {amount}"
            (doubles if sums[kind] > amount else losses).append(said)


def books(s: Situation) -> Verdict:
    """Double entry over all accounts, from the log: what was granted is spendable, set aside or earned."""
    postings: dict[str, int] = Counter()
    for event in s.events("generation", "CreditsGranted", "CreditsReserved", "CreditsCharged", "CreditsRefunded"):
        amount, user = event["data"]["amount"], event["data"]["user_id"]
        source, target = {
            "CreditsGranted": ("platform", f"balance {user}"),
            "CreditsReserved": (f"balance {user}", f"reserved {user}"),
            "CreditsCharged": (f"reserved {user}", "revenue"),
            "CreditsRefunded": (f"reserved {user}", f"balance {user}"),
        }[event["type"]]
        postings[source] -= amount
        postings[target] += amount
    losses = [] if not sum(postings.values()) else [f"the postings add up to {sum(postings.values())}"]
    losses += [f"{account} stands at {n}" for account, n in postings.items() if n < 0 and account != "platform"]
    for user in s.users.values():
        for kind, told in (("balance", user.balance), ("reserved", user.reserved)):
            if postings[f"{kind} {user.id}"] != told:
                losses.append(f"{kind} of user {user.id} is {told}, by the log {postings[f'{kind} {user.id}']}")
    return Verdict("the books balance over all accounts", len(s.users), losses)
