"""The table of the document: one row per promise of its two pages, read from `rows/*.yaml`.

A file is a list of sections. A section says `under` which heading of the pages it stands, the `prefix` of its rows'
ids, and what its rows have in common: `ask` (method and path), `as` (who asks) and `base` (what every body has). A row
has an `id`, `from` (the words of the page, verbatim), perhaps its own `under`, and one of

- a request to make and what to expect of the answer: see `Request` and `Check`. `fields` makes one more row for each
  field of the answer, as `path: [matcher, words]` or `[matcher, words, heading]`; the request is made once for all;
- `story`: the function in this folder that tests it and names it in `@covers`;
- `test`: `file::function` elsewhere in the repository.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(__file__).parent
PAGES = sorted((FOLDER / "pages").glob("*.md"))

Json = Any


@dataclass(frozen=True)
class Request:
    """One request of one person. `name` tells it from the others; `raw` and `form` are bodies that are not JSON."""

    name: str
    ask: str
    who: str
    body: Json = None
    raw: str | None = None
    form: Mapping[str, str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Check:
    """What a row expects of the answer; what is left out is not looked at. Without `status` it is a success."""

    status: int | None = None
    code: str | None = None
    message: str | None = None
    names: str | None = None  # the field that `details` blames
    values: Mapping[str, Json] = field(default_factory=dict)  # path -> matcher or literal
    headers: Mapping[str, str] = field(default_factory=dict)  # name -> regular expression


@dataclass(frozen=True)
class Row:
    """One promise: the words that make it, and what tests it."""

    id: str
    under: str
    words: str
    request: Request | None = None
    check: Check = Check()
    story: str | None = None
    test: str | None = None


class _Loader(yaml.SafeLoader):
    """Safe YAML, and `!times [text, n]` for long texts, `!deep n` for nested objects."""


def _times(loader: yaml.SafeLoader, node: yaml.Node) -> str:
    text, times = loader.construct_sequence(node)  # type: ignore[arg-type]
    return str(text) * int(times)


def _deep(loader: yaml.SafeLoader, node: yaml.Node) -> Json:
    nested: Json = {}
    for _ in range(int(loader.construct_scalar(node))):  # type: ignore[arg-type]
        nested = {"a": nested}
    return nested


_Loader.add_constructor("!times", _times)
_Loader.add_constructor("!deep", _deep)


def rows() -> list[Row]:
    """The whole table, in the order of the files."""
    found: list[Row] = []
    for path in sorted((FOLDER / "rows").glob("*.yaml")):
        for section in yaml.load(path.read_text(), _Loader):
            for written in section["rows"]:
                found += _rows(section, written)
    return found


def _rows(section: Mapping[str, Json], written: Mapping[str, Json]) -> Iterator[Row]:
    name, under = f"{section['prefix']}.{written['id']}", written.get("under", section["under"])
    if "story" in written or "test" in written:
        kinds = {kind: written.get(kind) for kind in ("story", "test")}
        yield Row(name, under, written["from"], **kinds)
        return
    request = _request(name, section, written)
    if "from" in written:
        yield Row(name, under, written["from"], request, _check(written))
    for path, (matcher, words, *elsewhere) in written.get("fields", {}).items():
        yield Row(f"{name}:{path}", *(elsewhere or [section["under"]]), words, request, Check(values={path: matcher}))


def _request(name: str, section: Mapping[str, Json], written: Mapping[str, Json]) -> Request:
    body = written.get("body", {} if "base" in section else None)
    return Request(
        name,
        written.get("ask", section.get("ask")),
        written.get("as", section.get("as", "visitor")),
        {**section.get("base", {}), **body} if isinstance(body, dict) else body,
        written.get("raw"),
        written.get("form"),
        written.get("headers", {}),
    )


def _check(written: Mapping[str, Json]) -> Check:
    known = ("status", "code", "message", "names", "values")
    return Check(**{key: written[key] for key in known if key in written}, headers=written.get("answers_with", {}))


def sections_of_pages() -> dict[str, str]:
    """The text under each heading of both pages (down to the next heading of any level), white space folded."""
    texts: dict[str, str] = {}
    for page in PAGES:
        parts = re.split(r"^#{1,3} (.+)$", page.read_text(), flags=re.MULTILINE)
        for heading, text in zip(parts[1::2], parts[2::2], strict=True):
            assert heading not in texts, f"two headings {heading}"
            texts[heading] = folded(text)
    return texts


def folded(text: str) -> str:
    """With single spaces."""
    return " ".join(text.split())
