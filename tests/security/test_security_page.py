"""The security page names a test for each threat; a name that is none would be a promise nobody keeps."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "security.md"
NAMED = sorted(set(re.findall(r"`([\w/.]+\.py)::(\w+)`", PAGE.read_text())))


@cache
def functions_of(path: str) -> set[str]:
    tree = ast.parse((ROOT / path).read_text())
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize(("path", "test"), NAMED, ids=[test for _, test in NAMED])
def test_a_test_that_the_page_names_exists(path: str, test: str) -> None:
    assert test in functions_of(path)


def test_each_threat_names_a_test() -> None:
    threats = [line for line in PAGE.read_text().splitlines() if re.match(r"\| [STRIDE]: ", line)]
    assert len(threats) >= 25
    assert not [threat for threat in threats if "::test_" not in threat]
