"""Requests and tokens in any sliding window, the pause after a 429, and what another run has sent."""

import asyncio
import random

import pytest

from converters.contract import SourceError
from converters.expansion.limits import SLACK, Limits

WINDOW = 60 * (1 + SLACK)


def test_a_request_too_many_waits_until_the_first_one_has_left_the_window():
    limits = Limits(requests=2)
    for now in (0.0, 10.0):
        assert limits.wait(0, now) == 0
        limits.admit(0, now)
    assert limits.wait(0, 20.0) == pytest.approx(WINDOW - 20)
    assert limits.wait(0, WINDOW) == 0


def test_a_window_counts_from_when_a_request_was_sent_not_from_when_it_was_let_go():
    limits = Limits(requests=1)
    limits.admit(0, 0.0).sent(5.0)
    assert limits.wait(0, WINDOW) == pytest.approx(5)


def test_tokens_that_were_set_aside_and_not_used_are_free_again():
    limits = Limits(tokens=1000)
    ticket = limits.admit(900, 0.0)
    assert limits.wait(200, 1.0) > 50
    limits.settle(ticket, 300)
    assert limits.wait(200, 1.0) == 0


def test_tokens_of_an_answer_that_used_more_than_was_set_aside_count():
    limits = Limits(tokens=1000)
    limits.settle(limits.admit(100, 0.0), 950)
    assert limits.wait(100, 1.0) == pytest.approx(WINDOW - 1)


def test_after_a_429_nobody_asks_and_a_shorter_wish_never_shortens_a_longer_one():
    limits = Limits()
    limits.cool_down(30, 0.0)
    limits.cool_down(2, 1.0)
    assert limits.wait(0, 10.0) == pytest.approx(20)


def test_what_another_run_sent_in_the_last_minute_counts():
    limits = Limits(requests=2)
    limits.remember([(50.0, 0), (20.0, 0)])
    asyncio.run(_first_wait(limits))


async def _first_wait(limits: Limits) -> None:
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(limits.admitted(0, lambda: False), 0.3)


def test_a_request_that_would_never_be_let_go_is_an_error():
    with pytest.raises(SourceError, match="room for one request"):
        Limits(tokens=100).require_room(101)


def test_in_no_window_of_a_thousand_random_ones_are_there_more_than_the_limits():
    """Counted from each request back, one by one; late sending and answers of any length included."""
    generator = random.Random(7)
    limits, now, sent = Limits(requests=5, tokens=900), 0.0, []
    while len(sent) < 1000:
        tokens = generator.randint(50, 400)
        now += limits.wait(tokens, now) + generator.random() * 0.5
        if limits.wait(tokens, now):
            continue
        ticket = limits.admit(tokens, now)
        late = now + generator.random() * 3
        ticket.sent(late)
        used = generator.randint(1, tokens)
        limits.settle(ticket, used)
        sent.append((late, used))
    sent.sort()
    for place, (end, _) in enumerate(sent):
        inside = [used for at, used in sent[max(0, place - 20) : place + 1] if at > end - 60]
        assert len(inside) <= 5
        assert sum(inside) <= 900
