"""Every row that is a request and an answer."""

import pytest
from document.asking import Asked
from document.checking import check_answer
from document.table import Row, rows


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row.id, marks=pytest.mark.covers(row.id)) for row in rows() if row.request]
)
async def test_the_platform_keeps_its_word(asked: Asked, row: Row) -> None:
    assert row.request is not None
    answer, meant = await asked.answer(row.request)
    check_answer(answer, row.check, meant)
