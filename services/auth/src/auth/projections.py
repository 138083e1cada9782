"""Read models: accounts by name and by id, and who follows whom."""

import unicodedata

from pymongo import ASCENDING, IndexModel

from auth import events
from common.errors import Unauthorized
from common.events import Recorded
from common.mongo import Database, Document
from common.projections import View
from common.security import Identity


def folded(text: str) -> str:
    """The form in which names and e-mail addresses are unique: NFKC, without regard to case."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def _account(document: Document | None, recorded: Recorded) -> Document | None:
    event = recorded.event
    if isinstance(event, events.UserRegistered):
        return _new_account(event)
    if isinstance(event, events.UserImported):
        return {**_new_account(event), "imported_as": folded(event.email)}
    if document is None:
        return None
    return {**document, **_changes(recorded)}


def _new_account(event: events.UserRegistered | events.UserImported) -> Document:
    return {
        "username": event.username,
        "username_key": folded(event.username),
        "email": event.email,
        "email_key": folded(event.email),
        "password_hash": event.password_hash,
        "role": "user",
        "disabled": False,
        "bio": "",
        "website": "",
        "location": "",
        "avatar_key": None,
        "created_at": event.registered_at,
        "updated_at": event.registered_at,
        "last_login": None,
        "not_before": None,
    }


def _changes(recorded: Recorded) -> Document:  # noqa: PLR0911  (one line an event)
    event = recorded.event
    match event:
        case events.ProfileUpdated():
            keys = {"username_key": folded(event.username), "email_key": folded(event.email)}
            return {**event.model_dump(exclude={"user_id"}), **keys, "updated_at": recorded.at}
        case events.AvatarChanged():
            return {"avatar_key": event.avatar_key, "updated_at": recorded.at}
        case events.UserLoggedIn():
            return {"last_login": event.issued_at}
        case events.PasswordChanged() | events.PasswordRehashed():
            return {"password_hash": event.password_hash}
        case events.SessionsRevoked():
            return {"not_before": event.not_before}
        case events.RoleGranted():
            return {"role": event.role}
        case events.AccountDisabled():
            return {"disabled": True}
        case events.AccountEnabled():
            return {"disabled": False}
        case _:
            return {}


def _pair(_document: Document | None, recorded: Recorded) -> Document:
    event = recorded.event
    assert isinstance(event, events.UserFollowed | events.UserUnfollowed)  # noqa: S101  (all that the stream holds)
    return {
        "follower": event.follower_id,
        "followee": event.followee_id,
        "following": isinstance(event, events.UserFollowed),
    }


_FOLLOWING = {"following": True}

USERS = View(
    name="users",
    category="user",
    fold=_account,
    key=int,
    indexes=[
        IndexModel([("username_key", ASCENDING)], unique=True),
        IndexModel([("email_key", ASCENDING)], unique=True),
        IndexModel(
            [("imported_as", ASCENDING)], unique=True, partialFilterExpression={"imported_as": {"$exists": True}}
        ),
    ],
)
FOLLOWS = View(
    name="follows",
    category="follow",
    fold=_pair,
    indexes=[
        IndexModel([("followee", ASCENDING)], partialFilterExpression=_FOLLOWING),
        IndexModel([("follower", ASCENDING)], partialFilterExpression=_FOLLOWING),
    ],
)
VIEWS = (USERS, FOLLOWS)


async def account(db: Database, user_id: int) -> Document | None:
    """The account with this id."""
    return await db.users.find_one({"_id": user_id})


async def existing(db: Database, user_id: int) -> Document:
    """The account of a caller; raises `Unauthorized` in place of an account that a rebuild has yet to fold."""
    found = await account(db, user_id)
    if found is None:
        raise Unauthorized
    return found


async def account_named(db: Database, name: str) -> Document | None:
    """The account with this user name or e-mail address, without regard to case."""
    key = folded(name)
    return await db.users.find_one({"email_key" if "@" in key else "username_key": key})


async def was_imported(db: Database, email: str) -> bool:
    """Whether an account was taken over under this address, whatever its address is now."""
    return await db.users.find_one({"imported_as": folded(email)}, {"_id": 1}) is not None


async def require_session(db: Database, identity: Identity) -> None:
    """Raises `Unauthorized` when the sessions of the token's user were ended after it was issued."""
    found = await existing(db, identity.user_id)
    if found["disabled"]:
        raise Unauthorized("登录凭证无效，请重新登录")
    if found["not_before"] is not None and identity.issued_at < found["not_before"]:
        raise Unauthorized("登录已失效，请重新登录")


async def followers(db: Database, user_id: int) -> int:
    """How many follow this user."""
    return await db.follows.count_documents({"followee": user_id, "following": True})


async def following(db: Database, user_id: int) -> int:
    """How many this user follows."""
    return await db.follows.count_documents({"follower": user_id, "following": True})


async def follows(db: Database, follower_id: int, followee_id: int) -> bool:
    """Whether one follows the other."""
    pair = await db.follows.find_one({"_id": f"{follower_id}-{followee_id}"})
    return pair is not None and bool(pair["following"])
