"""The table itself: complete, true to the pages, and every row tested."""

import re
from collections import Counter

import pytest
from document.coverage import exists, stories
from document.table import PAGES, folded, rows, sections_of_pages

ROWS = rows()
TEXT = "\n".join(page.read_text() for page in PAGES)
ENDPOINTS = sorted(set(re.findall(r"((?:GET|POST|PUT|DELETE)(?:/POST)? /api/[\w/{}]+)", TEXT)))
NOT_CODES = {"BASE_URL", "BAD", "CORS_ORIGINS", "ERROR_CODE", "TOKEN_KEY"}


def test_ids_are_unique() -> None:
    assert [name for name, count in Counter(row.id for row in ROWS).items() if count > 1] == []


def test_every_row_quotes_its_page_verbatim() -> None:
    sections = sections_of_pages()
    wrong = [row.id for row in ROWS if folded(row.words) not in sections.get(row.under, "")]
    assert wrong == []


def test_every_row_is_covered_and_every_story_covers_rows_of_the_table() -> None:
    told = stories()
    listed = {(row.story, row.id) for row in ROWS if row.story}
    covered = {(story, row) for story, ids in told.items() for row in ids}
    assert listed - covered == set(), "rows that no test covers"
    assert covered - listed == set(), "tests of rows that are not in the table"
    assert [row.id for row in ROWS if not (row.request or row.story or row.test)] == []
    assert [row.id for row in ROWS if row.test and not exists(row.test)] == []


@pytest.mark.parametrize("code", sorted(set(re.findall(r"`([A-Z]+(?:_[A-Z]+)*)`", TEXT)) - NOT_CODES))
def test_every_code_of_the_pages_has_a_row(code: str) -> None:
    assert any(row.check.code == code or code.lower() in row.id for row in ROWS)


@pytest.mark.parametrize(
    "endpoint", sorted(set(re.findall(r"((?:GET|POST|PUT|DELETE)(?:/POST)? /api/[\w/{}]+)", TEXT)))
)
def test_every_endpoint_of_the_pages_has_a_row(endpoint: str) -> None:
    methods, path = endpoint.split(" ")
    pattern = re.sub(r"\{\w+\}", r"[^/]+", path) + r"(\?.*)?"
    asked = {row.request.ask for row in ROWS if row.request}
    for method in methods.split("/"):
        assert any(ask.startswith(f"{method} ") and re.fullmatch(pattern, ask.split(" ")[1]) for ask in asked), method
