"""Reading prompts: what the words mean, in Chinese and in English."""

import pytest

from generation.sketch import Scene, read

PAIRS = [
    ("山", "mountains"),
    ("大海", "the sea"),
    ("城市", "a city"),
    ("竹林", "bamboo forest"),
    ("月", "moon"),
    ("日落", "sunset"),
    ("星空", "starry sky"),
    ("雪", "snow"),
    ("雨", "rainy"),
    ("雾", "fog"),
    ("一只猫", "a cat"),
    ("仙鹤", "cranes"),
    ("龙", "Dragon"),
    ("小船", "boats"),
    ("樱花", "cherry blossoms"),
    ("荷花", "water lilies"),
    ("寺庙", "temple"),
    ("宝塔", "pagoda"),
    ("城堡", "castle"),
    ("赛博朋克", "cyberpunk"),
    ("沙漠", "desert"),
    ("河", "river"),
    ("湖", "lake"),
    ("灯笼", "lanterns"),
    ("女孩", "girl"),
    ("鲸鱼", "whales"),
    ("鱼", "fish"),
    ("太空", "space"),
    ("秋天", "autumn"),
    ("红色的猫", "red cat"),
    ("宁静的湖", "a calm lake"),
    ("梦幻", "dreamy"),
]


@pytest.mark.parametrize(("chinese", "english"), PAIRS)
def test_chinese_and_english_words_for_one_thing_mean_one_scene(chinese: str, english: str) -> None:
    assert read(chinese) == read(english)
    assert read(chinese) != Scene()


def test_the_longest_chinese_word_wins() -> None:
    assert read("熊猫").subjects == ("panda",)
    assert read("海底").settings == ("underwater",)


def test_latin_words_match_whole_words_only() -> None:
    assert read("concatenate category").subjects == ()
    assert read("CATS").subjects == ("cat",)


def test_a_stated_hour_overrules_a_suggested_one() -> None:
    assert read("星空").time == "night"
    assert read("星空 日落").time == "sunset"


def test_full_width_letters_read_like_plain_ones() -> None:
    assert read("ＣＡＴ") == read("cat")


def test_a_negative_prompt_removes_what_it_names() -> None:
    scene = read("猫和狗 雨 红色", "dog, rain, 红")
    assert scene.subjects == ("cat",)
    assert scene.weather == "clear"
    assert scene.colours == ()


def test_what_a_negative_word_only_suggests_stays() -> None:
    assert read("night", "stars").time == "night"


def test_unknown_words_change_the_salt_and_nothing_else() -> None:
    plain, odd = read("cat"), read("cat zorblax")
    assert plain.salt == 0
    assert odd.salt != 0
    assert odd.subjects == plain.subjects
    assert read("cat zorblax") == odd


@pytest.mark.parametrize(
    "prompt", ["", " \n", "🐱🌙", "قطة تحت القمر", "\ud800", "$where: {}", "猫" * 5000, "a-" * 3000]
)
def test_any_text_can_be_read(prompt: str) -> None:
    assert isinstance(read(prompt), Scene)
