"""When an endpoint counts as down, when it is looked at again, when it is gone: pure, on a clock of its own."""

from __future__ import annotations

from coder.run.breaker import IN_A_ROW, Breaker


def opened(give_up_after: float = 100.0) -> Breaker:
    breaker = Breaker(give_up_after)
    breaker.failed(0.0, "connection refused", down=True)
    return breaker


def test_a_refused_connection_opens_it_at_once() -> None:
    assert opened().state == "open"


def test_failures_between_answers_are_bad_luck() -> None:
    breaker = Breaker(100)
    for _ in range(50):
        for _ in range(IN_A_ROW - 1):
            breaker.failed(0.0, "HTTP 500", down=False)
        breaker.answered()
    assert breaker.state == "closed"


def test_failures_in_a_row_are_an_outage() -> None:
    breaker = Breaker(100)
    for _ in range(IN_A_ROW):
        breaker.failed(0.0, "HTTP 503", down=False)
    assert breaker.state == "open"


def test_looks_come_half_a_second_after_and_then_at_twice_the_distance_up_to_half_a_minute() -> None:
    breaker, now, gaps = opened(10_000), 0.0, list[float]()
    for _ in range(9):
        gaps.append(breaker.look_at - now)
        now = breaker.look_at
        breaker.looked(now, "connection refused")
    assert gaps == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_a_look_that_somebody_answers_lets_one_call_try_and_its_answer_closes_it() -> None:
    breaker = opened()
    breaker.looked(0.5, "")
    assert breaker.state == "trying"
    breaker.answered()
    assert breaker.state == "closed"
    breaker.failed(7.0, "connection refused", down=True)
    assert breaker.look_at == 7.5  # a new outage begins with quick looks


def test_a_call_that_fails_in_trying_opens_it_for_longer() -> None:
    breaker = opened()
    breaker.looked(0.5, "")
    breaker.failed(0.6, "HTTP 503", down=False)
    assert (breaker.state, breaker.look_at) == ("open", 1.6)


def test_an_endpoint_without_an_answer_for_so_long_is_gone_even_where_it_can_be_looked_at() -> None:
    breaker, now = opened(20), 0.0
    while breaker.state != "gone":
        now = breaker.look_at
        breaker.looked(now, "")
        breaker.failed(now, "HTTP 503", down=False)
    assert now == 20.0  # 0.5 + 1 + 2 + 4 + 8 = 15.5; the next look, 16 s on, is brought forward to the end
    breaker.answered()
    assert breaker.state == "gone"
