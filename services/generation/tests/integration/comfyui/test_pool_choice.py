"""Which server gets a job, and which is left alone. Pure."""

from generation.engines.comfyui.breaker import Breaker
from generation.engines.comfyui.pool import choose
from generation.engines.comfyui.server import Standing


def standing(jobs=0, *, up=True, room=2, mine=0, loaded=None):
    return Standing(up, room, jobs, mine, loaded)


def test_the_least_busy_server_is_chosen():
    assert choose([standing(1), standing(0), standing(1)], "m") == 1


def test_among_equally_busy_ones_the_server_that_has_the_model_loaded_is_chosen():
    assert choose([standing(loaded="x"), standing(loaded="m"), standing()], "m") == 1


def test_a_job_does_not_wait_for_a_loaded_model_while_another_server_is_idle():
    assert choose([standing(1, loaded="m"), standing(0, loaded="x")], "m") == 1


def test_a_server_that_is_full_or_down_or_left_alone_is_not_chosen():
    assert choose([standing(2), standing(up=False), standing(room=0)], "m") is None


def test_a_server_on_trial_takes_one_job():
    assert choose([standing(0, room=1)], "m") == 0
    assert choose([standing(1, room=1)], "m") is None


def test_a_server_crowded_by_other_programs_takes_one_job_after_a_while():
    assert choose([standing(5)], "m", crowded=True) == 0
    assert choose([standing(5, mine=1)], "m", crowded=True) is None


def test_a_breaker_opens_after_three_failures_in_a_row():
    breaker = Breaker(pause=5)
    breaker.failed(0)
    breaker.failed(1)
    breaker.succeeded()
    breaker.failed(2)
    breaker.failed(3)
    assert breaker.room(3, 2) == 2

    breaker.failed(4)

    assert breaker.room(4, 2) == 0
    assert breaker.room(8.9, 2) == 0


def test_an_open_breaker_allows_one_job_after_its_pause_and_closes_with_its_success():
    breaker = Breaker(pause=5)
    for _ in range(3):
        breaker.failed(0)
    assert breaker.room(5, 2) == 1

    breaker.succeeded()

    assert breaker.room(5, 2) == 2


def test_each_failed_trial_doubles_the_pause_up_to_a_minute():
    breaker, now, pauses = Breaker(pause=5), 0.0, []
    for _ in range(3):
        breaker.failed(now)
    for _ in range(6):
        start = now
        while breaker.room(now, 2) == 0:
            now += 1
        pauses.append(now - start)
        breaker.failed(now)

    assert pauses == [5, 10, 20, 40, 60, 60]
