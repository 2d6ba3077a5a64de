"""When a server that fails is tried again, by whom, and when it is given up."""

from converters.expansion.breaker import FIRST_PAUSE, Breaker


def failing(breaker: Breaker, times: int, now: float = 0.0) -> Breaker:
    for _ in range(times):
        breaker.fail("500", now)
    return breaker


def test_single_failures_stop_nobody():
    assert failing(Breaker(60, trip=3), 2).wait(0.0) == 0


def test_failures_in_a_row_open_it_and_a_success_closes_it():
    breaker = failing(Breaker(60, trip=3), 3)
    assert breaker.wait(0.0) == FIRST_PAUSE
    breaker.succeed()
    assert breaker.wait(0.0) == 0


def test_after_the_pause_one_request_tries_and_the_others_wait():
    breaker = failing(Breaker(60, trip=3), 3)
    assert breaker.wait(FIRST_PAUSE) == 0
    breaker.begin()
    assert breaker.wait(FIRST_PAUSE) > 0


def test_pauses_double():
    breaker, now, pauses = failing(Breaker(600, trip=3), 3), 0.0, []
    for _ in range(4):
        pauses.append(breaker.wait(now))
        now += breaker.wait(now)
        breaker.begin()
        breaker.fail("500", now)
    assert pauses == [2, 4, 8, 16]


def test_what_was_under_way_when_it_opened_does_not_lengthen_the_pause():
    assert failing(Breaker(60, trip=3), 20).wait(0.0) == FIRST_PAUSE


def test_it_is_given_up_when_only_failures_came_for_the_whole_patience():
    breaker = failing(Breaker(60, trip=3), 3, now=100.0)
    assert not breaker.given_up(159.0)
    assert breaker.given_up(160.0)
    breaker.succeed()
    failing(breaker, 3, now=170.0)
    assert not breaker.given_up(229.0)
    assert breaker.given_up(230.0)
