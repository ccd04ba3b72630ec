"""Calls in flight that find their limit, and buckets of requests and tokens: pure, on a clock of its own."""

from __future__ import annotations

import random

import pytest

from coder.run.limits import START, Bucket, Concurrency


def rounds(limit: Concurrency, capacity: int, count: int, *, seed: int = 1, chance: float = 0.0) -> list[int]:
    """An endpoint that refuses what is beyond its capacity (and a share by chance); the limit after each round."""
    draw, seen = random.Random(seed), []
    for _ in range(count):
        sent = limit.calls
        for number in range(sent):
            if number >= capacity or draw.random() < chance:
                limit.refused()
            else:
                limit.answered(1.0, sent)
        seen.append(limit.calls)
    return seen


def test_a_search_doubles_until_the_first_refusal_and_then_stays_near_the_limit() -> None:
    # 8, 16, 32, 64: of 64 calls 14 are refused, which takes 11 % off; from then one more a round, half the share less
    seen = rounds(Concurrency(500, search=True), 50, 60)
    assert seen[:3] == [16, 32, 64]
    assert all(47 <= calls <= 54 for calls in seen[20:])


def test_a_given_number_is_a_ceiling_used_from_the_start() -> None:
    assert Concurrency(200).calls == 200
    assert rounds(Concurrency(200), 10_000, 5) == [200] * 5


def test_a_given_number_beyond_what_the_endpoint_takes_comes_down_to_it() -> None:
    seen = rounds(Concurrency(200), 50, 60)
    assert all(47 <= calls <= 54 for calls in seen[-20:])


def test_one_refusal_out_of_twenty_by_chance_leaves_enough_in_flight() -> None:
    # one more a round against half of 5 %: 1 = L * 0.025, so L = 40; a halving at each would leave L = 5
    seen = rounds(Concurrency(500, search=True), 500, 400, chance=0.05)
    mean = sum(seen[100:]) / len(seen[100:])
    assert 30 <= mean <= 50


def test_an_endpoint_that_refuses_everything_is_asked_one_at_a_time() -> None:
    assert rounds(Concurrency(64), 0, 20)[-1] == 1


def test_the_limit_recovers_when_the_endpoint_has_more_room() -> None:
    limit = Concurrency(100)
    rounds(limit, 5, 40)
    assert limit.calls <= 8
    assert rounds(limit, 100, 95)[-1] >= 95


def test_a_limit_that_is_not_used_does_not_grow() -> None:
    limit = Concurrency(500, search=True)
    for _ in range(100):
        limit.answered(1.0, 1)  # one at a time, whatever is allowed
    assert limit.calls == START


def test_a_search_stops_where_answers_only_get_slower() -> None:
    # an endpoint that works on 20 at once and queues the rest answers after L / 20 s: twice the quickest at 40, and
    # the quickest is forgotten by 0.2 % a round, 1.002**200 = 1.5 in all
    limit = Concurrency(500, search=True)
    for _ in range(200):
        sent = limit.calls
        for _ in range(sent):
            limit.answered(max(1.0, sent / 20), sent)
    assert 40 <= limit.calls <= 62


def test_slow_answers_alone_never_take_a_search_below_its_start() -> None:
    limit = Concurrency(500, search=True)
    for seconds in (0.1, *[60.0] * 50):
        for _ in range(limit.calls):
            limit.answered(seconds, limit.calls)
    assert limit.calls == START


def test_requests_that_are_turned_down_at_once_do_not_make_the_others_look_slow() -> None:
    limit = Concurrency(100, search=True)
    for turned_down in (False, True, *[False] * 200):
        for _ in range(limit.calls):
            limit.answered(0.0 if turned_down else 1.0, limit.calls)
    assert limit.calls == 100


def test_slow_answers_do_not_touch_a_given_number() -> None:
    limit = Concurrency(30)
    for seconds in (0.1, *[60.0] * 50):
        for _ in range(limit.calls):
            limit.answered(seconds, limit.calls)
    assert limit.calls == 30


@pytest.mark.parametrize("per_minute", [1, 7, 60, 500, 30_000])
def test_no_sixty_seconds_see_more_than_so_many_requests(per_minute: int) -> None:
    bucket, now, sent = Bucket(per_minute, 0.0), 0.0, list[float]()
    while now < 200:
        wait = bucket.wait(now)
        if wait:
            now += wait + 1e-9
            continue
        bucket.take(1, now)
        sent.append(now)
    most = max(sum(1 for at in sent if start <= at < start + 60) for start in sent[:: max(1, len(sent) // 200)])
    assert most <= per_minute
    # and what is allowed is used: 200 s hold 3 1/3 minutes' worth, less a second's burst at the most
    assert len(sent) >= 3.2 * per_minute


def test_a_request_larger_than_the_bucket_goes_and_is_waited_for_afterwards() -> None:
    bucket = Bucket(600, 0.0)  # 10 at once, (600 - 9) / 60 = 9.85 a second
    bucket.take(500, 0.0)
    assert bucket.wait(0.0) == pytest.approx(491 / 9.85)


def test_what_was_set_aside_and_not_used_is_given_back() -> None:
    bucket = Bucket(600, 0.0)
    bucket.take(10, 0.0)
    assert bucket.wait(0.0) > 0
    bucket.take(-9, 0.0)
    assert bucket.wait(0.0) == 0
