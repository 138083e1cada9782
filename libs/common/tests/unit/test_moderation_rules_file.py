"""An operator's own rules: what they add, what they change, and which files are refused at start."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from common.moderation import ContentViolation, ModerationSettings, Severity, ensure_lawful, rule_book, use_rules
from common.settings import load

OWN = """
[[rules]]
id = "local.list"
label = "本地清单"
severity = "reject"
words = ["blue moon"]
phrases = ["蓝月亮"]
innocent = ["蓝月亮湖"]

[[rules]]
id = "gambling.scene"
severity = "reject"
phrases = ["骰宝"]

[[rules]]
id = "local.cats"
label = "猫与帽"
severity = "review"
together = ["cats", "hats"]

[lists.cats]
phrases = ["猫"]

[lists.hats]
phrases = ["帽"]

[lists.minor]
phrases = ["小不点"]
"""


@pytest.fixture(autouse=True)
def _built_in_rules_afterwards() -> Iterator[None]:
    yield
    use_rules(None)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "rules.toml"
    path.write_text(OWN, "utf-8")
    return path


def rules_in(text: str) -> list[str]:
    return [finding.rule.id for finding in rule_book().findings(text)]


def in_force(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_RULES_FILE", str(path))
    load(ModerationSettings).put_rules_in_force()


def test_new_rules_strike_evasions_too_and_leave_once_the_file_is_gone(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(file, monkeypatch)

    assert rules_in("b.l.u.e m00n") == rules_in("藍-月-亮") == ["local.list"]
    assert rules_in("蓝月亮湖") == []
    assert rules_in("戴帽的猫") == ["local.cats"]
    with pytest.raises(ContentViolation):
        ensure_lawful({"prompt": "蓝月亮"})

    monkeypatch.delenv("MODERATION_RULES_FILE")
    load(ModerationSettings).put_rules_in_force()
    assert rules_in("蓝月亮") == []


def test_a_built_in_rule_gets_more_words_and_another_severity_and_keeps_the_rest(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_force(file, monkeypatch)

    (added,), (built_in,) = rule_book().findings("骰宝"), rule_book().findings("赌场")
    assert added.rule == built_in.rule
    assert (added.rule.label, added.rule.severity, added.rule.shown) == ("赌场场景", Severity.REJECT, True)
    assert rules_in("小不点，全裸")[0] == "minors.nudity", "a word for one of the built-in lists"
    assert rules_in("12 year old, nude")[0] == "minors.nudity"


def test_an_empty_setting_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MODERATION_RULES_FILE", "")

    assert load(ModerationSettings).rules_file is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("rules = 5", "rules"),
        ("[[rules]\n", "cannot be read as rules"),
        ('[[rules]]\nid = "No Id"', "rules.0.id"),
        ('[[rules]]\nid = "a.b"\nseverity = "perhaps"', "rules.0.severity"),
        ('[[rules]]\nid = "a.b"\nlabel = "新"', "a.b is a new rule"),
        ('[[rules]]\nid = "a.b"\nword = ["x"]', "rules.0.word"),
        ('[[rules]]\nid = "a.b"\nwords = ["r18"]', "rules.0.words.0"),
        ('[[rules]]\nid = "a.b"\nwords = [""]', "rules.0.words.0"),
        ('[[rules]]\nid = "a.b"\nphrases = ["两 个"]', "rules.0.phrases.0"),
        ('[[rules]]\nid = "a.b"\nphrases = ["\\u200b"]', "rules.0.phrases.0"),
        ('[[rules]]\nid = "a.b"\nlabel = "新"\nseverity = "reject"\ntogether = ["nobody"]', "'nobody'"),
        ("[lists.Minor]\n", "lists.Minor"),
        ("\ufffe", "cannot be read as rules"),
    ],
)
def test_a_wrong_file_ends_the_start_with_one_sentence(
    text: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "rules.toml"
    path.write_text(text, "utf-8")

    with pytest.raises(SystemExit):
        in_force(path, monkeypatch)

    message = capsys.readouterr().err
    assert message.startswith("The setting MODERATION_RULES_FILE (TOML file of content rules")
    assert str(path) in message
    assert said in message
    assert message.count("\n") == 1


@pytest.mark.parametrize("name", ["missing.toml", "."])
def test_a_file_that_cannot_be_read_ends_the_start(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        in_force(tmp_path / name, monkeypatch)

    assert "cannot be read as rules" in capsys.readouterr().err
