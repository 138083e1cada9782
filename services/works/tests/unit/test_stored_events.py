"""Events that releases have stored load today, and their readers could read today's."""

from pathlib import Path

from common.testing.stored import unreadable
from works.events import CODEC


def test_this_version_and_every_release_read_each_others_events() -> None:
    assert unreadable(CODEC, Path(__file__).parents[1] / "stored") == []
