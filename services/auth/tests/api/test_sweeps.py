"""Avatars that nobody has any more are removed; a user's present one never is."""

import io
from datetime import timedelta

from PIL import Image

from auth.sweeps import sweeps
from auth.testing import Auth
from common.objects import PUBLIC
from common.testing.sweeping import swept

NO_GRACE = timedelta(seconds=-5)


async def test_replaced_avatars_go_and_present_ones_stay(auth: Auth) -> None:
    alice, _ = await auth.bearer("alice"), await auth.bearer("bob")
    drawn = io.BytesIO()
    Image.new("RGB", (300, 300), "teal").save(drawn, "PNG")
    await auth.client.post(
        "/api/users/avatar", headers=alice, files={"avatar": ("a.png", drawn.getvalue(), "image/png")}
    )
    present = {found.key async for found in auth.objects.list(PUBLIC)}
    assert len(present) == 1
    others = {"avatars/1-0000000000000000.jpg", "avatars/2-0000000000000000.jpg"}
    unknown = {"avatars/99-0000000000000000.jpg", "works/0.png"}
    for key in others | unknown:
        await auth.objects.put(PUBLIC, key, b"123")
    outcome = (await swept(auth.db, sweeps(auth.store, auth.objects, NO_GRACE)))["avatars"]
    assert (outcome.removed, outcome.size) == (2, 6)
    assert {found.key async for found in auth.objects.list(PUBLIC)} == present | unknown
