"""Making the requests of rows, each once per stage."""

import io
from collections.abc import Callable
from typing import Any

import httpx
from document.cast import Cast
from document.table import Request
from PIL import Image

Json = Any


def picture(form: str, megabytes: float = 0) -> bytes:
    """A small picture in a file format, padded to a size; or `nonsense`."""
    data = io.BytesIO()
    if form == "nonsense":
        data.write(b"no picture at all")
    else:
        Image.new("RGB", (64, 64), "teal").save(data, form)
    return data.getvalue().ljust(int(megabytes * 1024 * 1024), b"\0")


class Asked:
    """The answers so far, with the names that their requests were made with."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        self.answers: dict[str, tuple[httpx.Response, Callable[[Json], Json]]] = {}

    async def answer(self, request: Request) -> tuple[httpx.Response, Callable[[Json], Json]]:
        """The answer to a request, and what `$names` mean in it."""
        if request.name not in self.answers:
            meant = self.cast.naming()
            self.answers[request.name] = await self._make(request, meant), meant
        return self.answers[request.name]

    async def _make(self, request: Request, meant: Callable[[Json], Json]) -> httpx.Response:
        person = self.cast.people[request.who]
        method, path = meant(request.ask).split(" ", 1)
        headers = {"Authorization": f"Bearer {person.token}"} if person.token else {}
        headers |= meant(dict(request.headers))
        sent: dict[str, Json] = {}
        if request.raw is not None:
            sent = {"content": request.raw.encode()}
            headers.setdefault("Content-Type", "application/json")
        elif request.form is not None:
            content = picture(request.form["format"], request.form.get("megabytes", 0))  # type: ignore[arg-type]
            sent = {"files": {request.form.get("field", "avatar"): (request.form["name"], content)}}
        elif request.body is not None or method in ("POST", "PUT"):
            sent = {"json": {} if request.body is None else meant(request.body)}
        return await person.http.request(method, path, headers=headers, **sent)
