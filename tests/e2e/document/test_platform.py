"""Stories of the gateway."""

import httpx
from document.coverage import covers


@covers("cors.allowed", "cors.others")
async def test_the_configured_origin_may_call_and_others_may_not(http: httpx.AsyncClient) -> None:
    async def preflight(origin: str) -> httpx.Response:
        asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
        asked["Access-Control-Request-Headers"] = "authorization,content-type"
        return await http.options("/api/works/gallery", headers=asked)

    allowed = await preflight("http://localhost:3000")
    assert allowed.status_code in (200, 204)
    assert allowed.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "authorization" in allowed.headers["Access-Control-Allow-Headers"].lower()
    answer = await http.get("/api/works/gallery", headers={"Origin": "http://localhost:3000"})
    assert answer.headers["Access-Control-Allow-Origin"] == "http://localhost:3000"
    assert "Access-Control-Allow-Origin" not in (await preflight("https://evil.example")).headers
    answer = await http.get("/api/works/gallery", headers={"Origin": "https://evil.example"})
    assert "Access-Control-Allow-Origin" not in answer.headers
