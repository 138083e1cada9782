"""The pages on security and reliability name tests; a name that is none would be a promise nobody keeps."""

import re
from pathlib import Path

import pytest
from document.coverage import exists

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
NAMED = sorted(
    {
        named
        for page in (PAGE, PAGE.with_name("reliability.md"))
        for named in re.findall(r"`([\w/.]+\.py)::(\w+)`", page.read_text())
    }
)


@pytest.mark.parametrize(("path", "test"), NAMED, ids=[test for _, test in NAMED])
def test_a_test_that_a_page_names_exists(path: str, test: str) -> None:
    assert exists(f"{path}::{test}")


def test_each_threat_names_a_test() -> None:
    threats = [line for line in PAGE.read_text().splitlines() if re.match(r"\| [STRIDE]: ", line)]
    assert len(threats) >= 25
    assert not [threat for threat in threats if "::test_" not in threat]
