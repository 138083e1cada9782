"""People: whoever registered is there, and so is whom they follow."""

from collections import Counter

from faults.checks.verdict import Verdict, compared
from faults.recorder import Outcome
from faults.situation import Situation


def users(s: Situation) -> Verdict:
    """Who was registered can log in, and is there once."""
    names = {a.subject for a in s.asked("register", Outcome.DONE)}
    registered = Counter(e["data"]["username"] for e in s.events("auth", "UserRegistered"))
    return Verdict(
        "registered users exist, once",
        len(names),
        [f"user {name} is gone" for name in names if name not in s.users or not registered[name]],
        [f"user {name} is there {times} times" for name, times in registered.items() if times > 1],
    )


def follows(s: Situation) -> Verdict:
    """Everybody has the followers whose last acknowledged wish was to follow them."""
    wished = {(a.who, int(a.subject)): a.got["is_following"] for a in s.asked("follow", Outcome.DONE)}
    wanted = Counter(followee for (_, followee), following in wished.items() if following)
    return compared("follows", len(wished), wanted, {user.id: user.followers for user in s.users.values()})
