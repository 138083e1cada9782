"""How long a picture will take, by what pictures like it took."""

import pytest

from generation.domain.estimates import Kind, Sample, first_guess, seconds_each

KIND = Kind("m", 512, 512, 20)


def sample(seconds, model="m", width=512, height=512, steps=20):
    return Sample(Kind(model, width, height, steps), seconds)


def test_pictures_of_the_same_model_size_and_steps_come_before_all_others():
    others = [sample(90, steps=40), sample(70, width=1024), sample(50, model="n")]

    assert seconds_each([*others, sample(3), sample(5), sample(4)], KIND) == 4


def test_one_that_hung_does_not_spoil_the_estimate():
    assert seconds_each([sample(4), sample(600), sample(4), sample(5), sample(4)], KIND) == 4


def test_only_the_latest_twenty_count():
    assert seconds_each([sample(2)] * 20 + [sample(60)] * 80, KIND) == 2


def test_other_steps_of_the_same_size_are_scaled_by_steps():
    assert seconds_each([sample(8, steps=40), sample(100, width=1024, height=1024)], KIND) == 4


def test_other_sizes_of_the_same_model_are_scaled_by_pixels_and_steps():
    assert seconds_each([sample(32, width=1024, height=1024, steps=40), sample(900, model="n")], KIND) == 4


def test_another_model_is_better_than_none():
    assert seconds_each([sample(6, model="n", steps=30)], KIND) == 4


def test_without_any_there_is_none_and_the_first_guess_is_by_size_and_on_comfyui_by_steps():
    assert seconds_each([], KIND) is None
    assert first_guess("sketch", Kind("ink", 1000, 1000, 50)) == first_guess("sketch", Kind("ink", 1000, 1000, 10))
    few, many = (first_guess("comfyui", Kind("m", 1000, 1000, steps)) for steps in (10, 50))
    assert many == pytest.approx(5 * few)
