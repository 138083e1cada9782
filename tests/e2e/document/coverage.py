"""Which test covers which row, and the report of it."""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TypeVar

import pytest
from document.table import Row

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[2]
Test = TypeVar("Test", bound=Callable[..., object])


def covers(*rows: str) -> Callable[[Test], Test]:
    """Mark a story as the test of these rows."""
    return pytest.mark.covers(*rows)


def stories() -> dict[str, set[str]]:
    """The rows that each story says it covers, read from the source, whatever is run."""
    found: dict[str, set[str]] = {}
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef):
                for decorator in node.decorator_list:
                    if isinstance(decorator, ast.Call) and getattr(decorator.func, "id", "") == "covers":
                        found[node.name] = {ast.literal_eval(argument) for argument in decorator.args}
    return found


def exists(test: str) -> bool:
    """Whether `file::function` is a test of the repository."""
    file, _, function = test.partition("::")
    path = ROOT / file
    return path.is_file() and any(
        isinstance(node, ast.AsyncFunctionDef | ast.FunctionDef) and node.name == function
        for node in ast.walk(ast.parse(path.read_text()))
    )


class Report:
    """Counts rows per stage as their tests end."""

    def __init__(self, table: Iterable[Row]) -> None:
        listed = list(table)
        self.listed = {row.id for row in listed}
        self.elsewhere = {row.id for row in listed if row.test}
        self.green: dict[str, set[str]] = defaultdict(set)
        self.red: dict[str, set[str]] = defaultdict(set)

    def note(self, stage: str, rows: Iterable[str], *, passed: bool) -> None:
        """The outcome of one test, which covers these rows."""
        for row in rows:
            (self.green if passed else self.red)[stage].add(row)

    def lines(self) -> list[str]:
        """The report, a line per stage."""
        said = []
        for stage in sorted({*self.green, *self.red}):
            covered = self.green[stage] | self.red[stage] | self.elsewhere
            green = (self.green[stage] | self.elsewhere) - self.red[stage]
            said.append(
                f"{stage}: {len(covered)} of {len(self.listed)} rows covered"
                f" ({len(self.elsewhere)} by tests elsewhere), {len(green)} green, {len(self.red[stage])} red"
            )
        return said
