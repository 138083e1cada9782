"""The maintenance switch: it turns the whole stage off for everybody else, and is always turned back."""

import httpx
from document.cast import Cast
from document.coverage import covers

from common.testing.eventually import eventually


@covers("maintenance.on", "maintenance.health", "maintenance.code", "maintenance.retry_after")
async def test_maintenance_stops_everybody_but_admins_and_health(http: httpx.AsyncClient, cast: Cast) -> None:
    admin, bob = cast.people["admin"], cast.people["bob"]

    async def status(path: str, token: str) -> int:
        return (await http.get(path, headers={"Authorization": f"Bearer {token}"} if token else {})).status_code

    await admin.put("/api/admin/maintenance", {"enabled": True})
    try:
        await eventually(lambda: status("/api/works/gallery", ""), lambda s: s == 503)
        answer = await http.get("/api/stats/user", headers={"Authorization": f"Bearer {bob.token}"})
        assert (answer.status_code, answer.json()["code"]) == (503, "MAINTENANCE")
        assert int(answer.headers["Retry-After"]) > 0
        assert await status("/api/works/my", admin.token) == 200
        assert await status("/health/ready", "") == 200
    finally:
        await admin.put("/api/admin/maintenance", {"enabled": False})
    await eventually(lambda: status("/api/works/gallery", ""), lambda s: s == 200)
