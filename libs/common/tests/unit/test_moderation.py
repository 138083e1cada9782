"""The content rules against a table of evasions and of innocent look-alikes, Chinese and English."""

import sys
import time
import tomllib
from pathlib import Path

import pytest

from common.moderation import ContentViolation, RuleBook, Severity, ensure_lawful, ensure_publishable, rule_book
from common.moderation.book import Book

TABLE = tomllib.loads((Path(__file__).parent / "moderation_table.toml").read_text("utf-8"))
CAUGHT = [(text, rule) for section in TABLE["caught"] for text, rule in section["texts"]]
MISSED = [(text, rule) for section in TABLE["missed"] for text, rule in section["texts"]]
GROWN = [text for section in TABLE["grown"] for text in section["texts"]]
INNOCENT = [text for section in TABLE["innocent"] for text in section["texts"]]


def rules_in(text: str) -> list[str]:
    return [finding.rule.id for finding in rule_book().findings(text)]


@pytest.mark.parametrize(("text", "rule"), CAUGHT)
def test_an_evasion_is_caught_by_its_rule(text: str, rule: str) -> None:
    assert rule in rules_in(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_an_innocent_look_alike_passes(text: str) -> None:
    assert rule_book().findings(text) == []


@pytest.mark.parametrize("text", GROWN)
def test_grown_people_and_old_things_are_no_minors(text: str) -> None:
    struck = rules_in(text)

    assert struck
    assert not any(rule.startswith("minors.") for rule in struck)


@pytest.mark.parametrize(("text", "rule"), MISSED)
def test_a_known_limit_is_still_one(text: str, rule: str) -> None:
    assert rule not in rules_in(text), "caught by now: move it to [[caught]]"


def test_a_text_that_asks_for_absence_may_name_what_is_not_to_be_shown() -> None:
    wanted = rule_book().findings("porn, 血腥, 傻逼")
    unwanted = rule_book().findings("porn, 血腥, 傻逼", unwanted=True)

    assert [finding.rule.id for finding in wanted] == ["sexual.explicit", "insult.strong", "violence.graphic"]
    assert [finding.rule.id for finding in unwanted] == ["insult.strong"]
    ensure_lawful({"prompt": "雪山"}, unwanted={"negativePrompt": "porn, nude, gore, 色情"})
    with pytest.raises(ContentViolation) as refusal:
        ensure_lawful({"prompt": "雪山"}, unwanted={"negativePrompt": "儿童色情"})
    assert refusal.value.details[0]["rule"] == "minors.sexual", "no word about this is fit to be shown"


def test_the_figures_of_the_table(capsys: pytest.CaptureFixture[str]) -> None:
    caught = sum(rule in rules_in(text) for text, rule in CAUGHT)
    passed = sum(not rules_in(text) for text in INNOCENT)

    with capsys.disabled():
        sys.stdout.write(
            f"\ncontent rules: {caught} of {len(CAUGHT) + len(MISSED)} evasions caught "
            f"({len(MISSED)} known limits), {passed} of {len(INNOCENT)} innocent texts passed\n"
        )
    assert (caught, passed) == (len(CAUGHT), len(INNOCENT))
    assert caught >= 60
    assert passed >= 60


def test_a_finding_quotes_the_words_as_they_were_written() -> None:
    (finding,) = rule_book().findings("看 p.0.r.n 和 色*情，色*情")

    assert finding.rule.id == "sexual.explicit"
    assert finding.words == ("p.0.r.n", "色*情")


def test_the_gravest_rule_comes_first() -> None:
    severities = [finding.rule.severity for finding in rule_book().findings("nude, casino, porn, heroin")]

    assert severities == [Severity.REJECT, Severity.REJECT, Severity.REVIEW, Severity.REVIEW]


def test_a_refusal_names_field_rule_and_words() -> None:
    with pytest.raises(ContentViolation) as refusal:
        ensure_lawful({"title": "晴天", "description": "看色情 p*rn"})

    assert (refusal.value.status, refusal.value.code) == (422, "CONTENT_VIOLATION")
    assert refusal.value.details == [
        {
            "field": "description",
            "message": "色情淫秽：色情、p*rn",
            "rule": "sexual.explicit",
            "words": "色情、p*rn",
        }
    ]


def test_what_only_a_person_can_judge_is_not_refused() -> None:
    ensure_lawful({"prompt": "a nude in the style of Modigliani"})


@pytest.mark.parametrize("text", ["", " ", "\u200b", "，。", "***", "🙂", "\n"])
def test_a_text_without_words_breaks_no_rule(text: str) -> None:
    assert rule_book().findings(text) == []


def test_every_rule_has_a_label_and_something_to_strike() -> None:
    for rule in rule_book().rules:
        assert rule.label, rule.id
        category, _, name = rule.id.partition(".")
        assert category.isidentifier(), rule.id
        assert name.isidentifier(), rule.id


def test_an_innocent_word_spares_only_itself() -> None:
    rule = {"id": "a.b", "label": "测试", "severity": "reject", "words": ["bad"], "phrases": ["坏人"]}
    book = RuleBook(Book.model_validate({"rules": [{**rule, "innocent": ["bad homburg", "破坏人"]}]}))

    assert book.findings("Bad Homburg 破坏人家") == []
    assert [finding.words for finding in book.findings("a bad day in Bad Homburg, 破坏人家的坏人")] == [("bad", "坏人")]


ADVERSARIAL = [
    "a " * 5000,
    "p o r " * 1700,
    "色 情" * 3300,
    "景色情" * 3300,
    "a" + "*" * 9999,
    "1a!" * 3300,
    "赌" * 9999,
    "10 y" * 2500,
    "1@@y@@e@@a@@r@@" * 660,
    "twenty and " * 900,
    "十一" * 5000,
    "age of only 1 " * 700,
    "girl ( " * 1400,
]


@pytest.mark.parametrize("text", ADVERSARIAL, ids=lambda text: text[:5])
def test_time_grows_no_faster_than_the_text(text: str) -> None:
    def seconds(size: int) -> float:
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            rule_book().findings(text[:size])
            best = min(best, time.process_time() - started)
        return best

    seconds(len(text))
    assert seconds(len(text)) < 40 * seconds(len(text) // 10) + 0.01  # quadratic would be 100 times


def test_a_longest_prompt_is_judged_in_a_millisecond() -> None:
    text = ("A serene lake at dawn, mist rising over the reflected mountains, 未来城市的霓虹灯光，细节丰富，" * 9)[:500]
    best = float("inf")
    for _ in range(50):
        started = time.process_time()
        rule_book().findings(text)
        best = min(best, time.process_time() - started)

    assert best < 0.001


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("加微信 abc123 日赚500", "fraud.advertising"),
        ("money laundering whatsapp me", "fraud.advertising"),
        ("bitch, 贱人 去死", "insult.mild"),
        ("色情网站", "sexual.explicit"),
    ],
)
def test_what_a_person_would_have_to_review_is_not_publishable(text: str, rule: str) -> None:
    with pytest.raises(ContentViolation) as refusal:
        ensure_publishable({"content": text})

    assert [detail["rule"] for detail in refusal.value.details] == [rule]


@pytest.mark.parametrize(
    "text", ["a tender nude", "裸体素描的线条真好", "纪录片一样的屠杀场面", "like a casino in 1970", "好看!"]
)
def test_speaking_of_what_a_picture_shows_is_publishable(text: str) -> None:
    ensure_publishable({"content": text})
