"""The operator's content rules hold in the service that was built with their file."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from common.moderation import ContentViolation, use_rules
from works.bootstrap import build
from works.commands import AddComment
from works.domain import comment
from works.domain.work import Work
from works.settings import Settings

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
WORK = Work(work_id=5, owner_id=1)


@pytest.fixture(autouse=True)
def _built_in_rules_afterwards() -> Iterator[None]:
    yield
    use_rules(None)


async def test_a_comment_is_judged_by_the_operators_rules(given: dict[str, str], tmp_path: Path) -> None:
    said = AddComment(work_id=5, user_id=1, content="蓝月亮", now=NOW)
    file = tmp_path / "rules.toml"
    file.write_text(
        '[[rules]]\nid = "local.list"\nlabel = "本地清单"\nseverity = "reject"\nphrases = ["蓝月亮"]\n', "utf-8"
    )
    assert comment.add(7, said, WORK)

    service = build(Settings.model_validate({**given, "rules_file": file}))

    with pytest.raises(ContentViolation) as refusal:
        comment.add(7, said, WORK)
    assert refusal.value.details[0]["rule"] == "local.list"
    for close in service.close:
        await close()
