"""The painter: repeatable, moved by every parameter, unmoved by odd input."""

import hashlib
import os
import subprocess
import sys
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from generation.sketch import STYLES, Brief, paint, read
from generation.sketch.words import TABLE

BRIEF = Brief("仙鹤 群山 湖 日落", "", 128, 128, 25, 7.5, 42, "sketch-flat")
VALUES = [style.value for style in STYLES]


def pixels(brief: Brief) -> Any:
    return np.asarray(paint(brief, lambda _: None), np.int16)


def digest(brief: Brief) -> str:
    return hashlib.sha256(paint(brief, lambda _: None).tobytes()).hexdigest()


def warmth(brief: Brief) -> float:
    red, _, blue = pixels(brief).mean(axis=(0, 1))
    return float(red - blue)


@pytest.mark.parametrize("style", VALUES)
def test_the_same_brief_gives_the_same_pixels(style: str) -> None:
    brief = replace(BRIEF, style=style)
    assert digest(brief) == digest(brief)


def test_another_process_with_another_hash_seed_gives_the_same_pixels() -> None:
    code = "import hashlib\nfrom generation.sketch import Brief, paint\n" + "\n".join(
        f"print(hashlib.sha256(paint({replace(BRIEF, style=style)!r}, lambda _: None).tobytes()).hexdigest())"
        for style in VALUES
    )
    env = {**os.environ, "PYTHONHASHSEED": "4711", "PYTHONPATH": os.pathsep.join(sys.path)}
    answer = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert answer.stdout.split() == [digest(replace(BRIEF, style=style)) for style in VALUES]


@pytest.mark.parametrize("style", VALUES)
@pytest.mark.parametrize(
    "change",
    [{"seed": 43}, {"cfg": 12.0}, {"steps": 40}, {"prompt": "仙鹤 群山 湖 夜"}, {"negative_prompt": "crane"}],
    ids=lambda change: next(iter(change)),
)
def test_every_parameter_changes_the_pixels(style: str, change: dict[str, Any]) -> None:
    brief = replace(BRIEF, style=style)
    assert digest(replace(brief, **change)) != digest(brief)


@pytest.mark.parametrize("style", VALUES)
@pytest.mark.parametrize("change", [{"steps": 26}, {"cfg": 16.0}, {"seed": 43}], ids=lambda change: next(iter(change)))
def test_a_small_change_shows_even_in_a_bare_scene(style: str, change: dict[str, Any]) -> None:
    brief = replace(BRIEF, style=style, prompt="白天 沙漠", cfg=15.0)
    assert digest(replace(brief, **change)) != digest(brief)


@pytest.mark.parametrize(("width", "height"), [(96, 96), (144, 96), (96, 144)])
@pytest.mark.parametrize("style", VALUES)
def test_the_picture_has_the_asked_size_and_is_rgb(style: str, width: int, height: int) -> None:
    picture = paint(replace(BRIEF, style=style, width=width, height=height), lambda _: None)
    assert picture.size == (width, height)
    assert picture.mode == "RGB"


def test_styles_differ_from_each_other() -> None:
    seen = {style: pixels(replace(BRIEF, style=style)) for style in VALUES}
    for one in VALUES:
        for other in VALUES:
            if one != other:
                assert np.abs(seen[one] - seen[other]).mean() > 5, (one, other)


@pytest.mark.parametrize("style", [value for value in VALUES if value not in ("sketch-ink", "sketch-neon")])
def test_sunset_is_warmer_than_a_snowy_night(style: str) -> None:
    brief = replace(BRIEF, style=style)
    assert warmth(replace(brief, prompt="日落")) > warmth(replace(brief, prompt="雪夜")) + 30


def test_a_named_colour_moves_the_palette() -> None:
    assert warmth(replace(BRIEF, prompt="红色 山")) > warmth(replace(BRIEF, prompt="蓝色 山")) + 10


def test_night_is_darker_than_day() -> None:
    assert pixels(replace(BRIEF, prompt="夜 山")).mean() < pixels(replace(BRIEF, prompt="白天 山")).mean() - 30


def test_translations_of_a_prompt_give_one_picture() -> None:
    assert digest(replace(BRIEF, prompt="山 湖 猫")) == digest(replace(BRIEF, prompt="mountain lake cat"))


def test_a_subject_in_the_negative_prompt_is_not_painted() -> None:
    assert digest(replace(BRIEF, prompt="草原 猫", negative_prompt="cat")) == digest(replace(BRIEF, prompt="草原"))


@pytest.mark.parametrize("prompt", ["", "🐱🌙✨", "قطة تحت القمر", "zorblax", "猫 狗 龙 船 塔 " * 60, "\x00\n"])
def test_any_prompt_is_painted(prompt: str) -> None:
    assert pixels(replace(BRIEF, prompt=prompt)).std() > 5


@pytest.mark.parametrize("words", ["subject", "setting", "sky", "weather", "season", "colour", "mood"])
def test_every_word_of_the_table_can_be_painted(words: str) -> None:
    firsts = [
        line.split("|")[1].split()[0]
        for line in TABLE.strip().splitlines()
        if line.startswith(words) and line.split("|")[1].strip()
    ]
    for word in firsts:
        assert pixels(replace(BRIEF, prompt=word, width=64, height=64)).std() > 2, (word, read(word))


def test_progress_rises_to_one() -> None:
    heard: list[float] = []
    paint(BRIEF, heard.append)
    assert len(heard) >= 10
    assert heard == sorted(heard)
    assert 0 < heard[0] < heard[-1] == 1.0


def test_an_unknown_style_is_refused() -> None:
    with pytest.raises(ValueError, match="unknown style"):
        paint(replace(BRIEF, style="sketch-crayon"), lambda _: None)


def test_every_style_says_that_it_is_procedural() -> None:
    assert len(set(VALUES)) == len(VALUES) >= 5
    assert all("程序化绘制" in style.description for style in STYLES)
