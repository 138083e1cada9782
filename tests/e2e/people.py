"""People who use the platform over HTTP, and nothing else."""

import secrets
from typing import Any, Self

import httpx

Json = dict[str, Any]


class Refused(AssertionError):
    """The platform said no; `status` and `code` say how."""

    def __init__(self, response: httpx.Response) -> None:
        body = response.json()
        assert body["success"] is False, "an error comes in the envelope"
        assert isinstance(body["error"], str)
        self.status = response.status_code
        self.code = str(body["code"])
        super().__init__(f"{self.status} {self.code}: {body['error']} {body.get('details', '')}")


class Person:
    """Somebody with a browser, perhaps logged in."""

    def __init__(self, http: httpx.AsyncClient, name: str = "", token: str = "", user_id: int = 0) -> None:
        self.http = http
        self.name = name
        self.token = token
        self.id = user_id

    @classmethod
    async def register(cls, http: httpx.AsyncClient, kind: str = "painter") -> Self:
        """A new user, registered and logged in."""
        visitor = cls(http)
        name = f"{kind}_{secrets.token_hex(4)}"
        password = f"pass-{secrets.token_hex(4)}-1"
        data = {"username": name, "email": f"{name}@example.com", "password": password}
        user = (await visitor.post("/api/users/register", data, status=201))["user"]
        login = await visitor.post("/api/users/login", {"username": name, "password": password})
        assert login["user"]["id"] == user["id"]
        return cls(http, name, login["token"], user["id"])

    async def get(self, path: str, **query: str | int) -> Json:
        """The data of an answer."""
        return await self._ask("GET", path, params=query)

    async def post(self, path: str, body: Json | None = None, *, status: int = 200, **headers: str) -> Json:
        """Send JSON; the data of the answer."""
        return await self._ask("POST", path, json=body or {}, status=status, headers=headers)

    async def put(self, path: str, body: Json) -> Json:
        """Send JSON; the data of the answer."""
        return await self._ask("PUT", path, json=body)

    async def delete(self, path: str) -> Json:
        """The data of the answer, if it has any."""
        return await self._ask("DELETE", path)

    async def load(self, address: str) -> httpx.Response:
        """Load an address as `<img>` does: without a token."""
        return await self.http.get(address)

    async def _ask(
        self, method: str, path: str, *, status: int = 200, headers: dict[str, str] | None = None, **sent: Any
    ) -> Json:
        bearer = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        response = await self.http.request(method, path, headers={**bearer, **(headers or {})}, **sent)
        if response.status_code >= 400:
            raise Refused(response)
        assert response.status_code == status, response.text
        body = response.json()
        assert body["success"] is True
        assert response.headers["x-correlation-id"]
        data: Json = body.get("data", {})
        return data
