"""What everybody reads of a user obeys the content rules; operators remove what is there all the same."""

import argparse
import io
from typing import Any

import httpx
import pytest
from PIL import Image

from auth.admin import run
from auth.jobs import account_jobs
from auth.operations import operations
from auth.projections import VIEWS
from auth.settings import Settings
from auth.testing import Auth
from common.objects import PUBLIC
from common.operations import Neighbours, Operations
from common.testing.rebuilding import content_hash, rebuilt

INNOCENT = [
    "Scunthorpe_FC",
    "essex_girl",
    "the_analyst",
    "Dick_Smith",
    "hancock",
    "assassin_7",
    "pen_is_mightier",
    "therapist",
    "grape_vine",
    "cockburn_88",
    "mike_s_exit",
    "classic_ann",
    "user_2024",
    "x_ae_a_12",
    "other_915d2642",
    "id_15d2642",
]
UNFIT = ["fuck_you", "f_u_c_k", "fu_ck", "p0rn", "PornStar_porn", "sh1t", "whatsapp_me", "nigger88", "p0rn69"]


async def change(auth: Auth, bearer: dict[str, str], **fields: str) -> httpx.Response:
    return await auth.client.put("/api/users/profile", headers=bearer, json=fields)


def refused(answer: httpx.Response) -> list[str]:
    """The fields that broke a rule."""
    body = answer.json()
    assert (answer.status_code, body["code"], body["error"]) == (422, "CONTENT_VIOLATION", "内容不符合社区规范")
    assert all(detail["rule"] and detail["words"] and detail["message"] for detail in body["details"])
    return [detail["field"] for detail in body["details"]]


@pytest.mark.parametrize("name", INNOCENT)
async def test_a_name_that_only_contains_a_word_is_free(auth: Auth, name: str) -> None:
    assert (await auth.register(name)).status_code == 201


@pytest.mark.parametrize("name", UNFIT)
async def test_nobody_registers_or_takes_a_name_that_breaks_a_rule(auth: Auth, name: str) -> None:
    assert set(refused(await auth.register(name))) == {"username"}
    bearer = await auth.bearer("alice")
    assert set(refused(await change(auth, bearer, username=name))) == {"username"}
    assert await auth.db.users.distinct("username") == ["alice"]


@pytest.mark.parametrize(
    ("field", "text"),
    [
        ("bio", "加微信 abc123，日赚三百"),
        ("bio", "看色情 p*rn"),
        ("location", "操你妈"),
        ("location", "n i g g e r"),
        ("website", "https://porn.example.com/"),
    ],
)
async def test_nobody_shows_a_text_that_breaks_a_rule(auth: Auth, field: str, text: str) -> None:
    bearer = await auth.bearer("alice")
    assert refused(await change(auth, bearer, **{"bio": "画家", field: text}))[0] == field
    shown = (await auth.client.get("/api/users/1")).json()["data"]["user"]
    assert (shown["bio"], shown["location"], shown["website"]) == ("", "", "")


async def test_ordinary_texts_pass(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    texts = {"bio": "画人体与战争，喜欢博物馆 🎨", "location": "Essex, UK", "website": "https://essex.ac.uk/analysis"}
    assert (await change(auth, bearer, **texts)).status_code == 200


async def older_than_the_rules(auth: Auth, name: str) -> dict[str, str]:
    """Who has had a name since before names were judged."""
    await auth.register("alice")
    await auth.db.events.update_one({"type": "UserRegistered"}, {"$set": {"data.username": name}})
    await auth.db.snapshots.delete_many({})
    await rebuilt(auth.store, emptied=True)
    answer = await auth.login(name)
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['data']['token']}"}


async def test_whose_name_is_older_than_the_rules_logs_in_and_changes_the_rest(auth: Auth) -> None:
    bearer = await older_than_the_rules(auth, "porn")
    answer = await change(auth, bearer, username="porn", bio="画家")
    assert (answer.status_code, answer.json()["data"]["user"]["bio"]) == (200, "画家")
    assert set(refused(await change(auth, bearer, username="Porn"))) == {"username"}


async def test_an_operator_takes_a_name_away(auth: Auth, mongo_url: str) -> None:
    await older_than_the_rules(auth, "porn")
    said = await run(mongo_url, auth.settings.database, "clear-name", "porn")
    name = (await auth.client.get("/api/users/1")).json()["data"]["user"]["username"]
    assert name.startswith("user_1_")
    assert f"is {name} from now on" in said
    assert [(await auth.login(who)).status_code for who in ("porn", name, "alice@example.com")] == [404, 200, 200]


def opened(auth: Auth) -> Any:
    def of(settings: Settings) -> Operations:
        return operations(settings, Neighbours(objects=auth.objects))

    return of


async def cleared(auth: Auth, name: str) -> str:
    (job,) = [job for job in account_jobs(opened(auth)) if job.name == "clear-profile"]
    return await job.run(auth.settings, argparse.Namespace(username=name))


async def test_an_operator_removes_what_a_user_shows_by_an_event(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    await change(auth, bearer, bio="画家", location="北京", website="https://mysite.com")
    await auth.client.post("/api/users/avatar", headers=bearer, files={"avatar": ("a.png", png(), "image/png")})
    assert (await shown(auth))["avatar"] is not None

    assert await cleared(auth, "ALICE") == "User alice (id 1) shows no picture, bio, website or location."

    user = await shown(auth)
    assert (user["avatar"], user["bio"], user["website"], user["location"]) == (None, "", "", "")
    assert [found async for found in auth.objects.list(PUBLIC)] == []
    (event,) = [found async for found in auth.db.events.find({"type": "ProfileUpdated", "data.bio": ""})]
    assert (event["data"]["avatar_key"], event["actor"]) == (None, None)
    before = await content_hash(auth.db, [view.name for view in VIEWS])
    assert await rebuilt(auth.store, emptied=True) == before


async def test_a_picture_that_was_removed_does_not_come_back_with_the_next_change(auth: Auth) -> None:
    bearer = await auth.bearer("alice")
    await auth.client.post("/api/users/avatar", headers=bearer, files={"avatar": ("a.png", png(), "image/png")})
    await cleared(auth, "alice")
    await cleared(auth, "alice")
    assert await auth.db.events.count_documents({"type": "ProfileUpdated"}) == 1
    await change(auth, bearer, bio="画家")
    assert (await shown(auth))["avatar"] is None


async def test_an_unknown_user_is_said_to_be_unknown(auth: Auth) -> None:
    with pytest.raises(SystemExit, match="no user"):
        await cleared(auth, "nobody")


async def shown(auth: Auth) -> dict[str, Any]:
    user: dict[str, Any] = (await auth.client.get("/api/users/1")).json()["data"]["user"]
    return user


def png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "teal").save(file, "PNG")
    return file.getvalue()
