"""What an endpoint's errors mean, and how long to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx2
import openai
import pytest

from coder.providers.retrying import Again, Backoff, GiveUp, Hopeless, Refused, asked_wait, judge

REQUEST = httpx2.Request("POST", "http://127.0.0.1/v1/chat/completions")


def status_error(status: int, error: dict[str, Any] | None = None, **headers: str) -> openai.APIStatusError:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    response = httpx2.Response(status, json={"error": error or {"message": "no"}}, headers=names, request=REQUEST)
    return openai.AsyncOpenAI(api_key="x", base_url="http://127.0.0.1/v1")._make_status_error_from_response(response)


def test_the_wait_in_milliseconds_wins_over_the_rounded_one_in_seconds() -> None:
    assert asked_wait({"retry-after": "1", "retry-after-ms": "250"}) == 0.25


def test_a_retry_after_date_is_the_time_left_until_then() -> None:
    wait = asked_wait({"retry-after": format_datetime(datetime.now(UTC) + timedelta(seconds=30), usegmt=True)})
    assert wait is not None
    assert 27 <= wait <= 30  # the header has whole seconds


@pytest.mark.parametrize("value", ["", "soon", "-5", "nan"])
def test_a_retry_after_that_cannot_be_read_is_none(value: str) -> None:
    assert asked_wait({"retry-after": value, "retry-after-ms": value}) is None


def test_a_retry_after_date_in_the_past_is_no_wait() -> None:
    assert asked_wait({"retry-after": "Wed, 21 Oct 2015 07:28:00 GMT"}) == 0.0


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1.5s"}, 1.5),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms"}, 0.12),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "0m40s"}, 40.0),
        # whole again in six minutes, but a minute's limit has room for one more within a minute
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "6m0s"}, 60.0),
        # requests are left: their reset says nothing about this refusal
        ({"x-ratelimit-remaining-requests": "7", "x-ratelimit-reset-requests": "9s"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "soon"}, None),
        ({"x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": ""}, None),
        # the wait itself, where it is named, is the better one
        ({"retry-after": "3", "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "9s"}, 3.0),
    ],
)
def test_without_a_named_wait_the_reset_of_a_limit_that_is_used_up_is_one(
    headers: dict[str, str], seconds: float | None
) -> None:
    assert asked_wait(headers) == seconds


def test_a_longer_wait_is_taken_where_the_run_would_wait_as_long_for_an_endpoint_that_is_down() -> None:
    assert judge(status_error(429, retry_after="3600"), longest_wait=7200) == Again("HTTP 429: no", 3600.0, "busy")


def test_a_broken_endpoint_that_names_a_wait_is_a_busy_one() -> None:
    assert judge(status_error(503)) == Again("HTTP 503: no", None, "failed")
    assert judge(status_error(503, retry_after="5")) == Again("HTTP 503: no", 5.0, "busy")


@pytest.mark.parametrize(("attempt", "low", "high"), [(1, 0.25, 0.5), (2, 0.5, 1.0), (3, 1.0, 2.0), (10, 15.0, 30.0)])
def test_waits_double_up_to_the_ceiling_with_half_of_them_left_to_chance(attempt: int, low: float, high: float) -> None:
    # base 0.5 s, doubled a time, at most 30 s: 0.5 * 2**9 = 256 is cut to 30
    waits = [Backoff().seconds(attempt, None) for _ in range(50)]
    assert low <= min(waits) <= max(waits) <= high
    assert len(set(waits)) > 1


def test_the_wait_is_never_shorter_than_the_endpoint_asked_for() -> None:
    assert all(Backoff().seconds(1, 7.0) >= 7.0 for _ in range(50))


@pytest.mark.parametrize("status", [408, 409, 425, 429, 500, 502, 503, 529])
def test_busy_and_broken_endpoints_are_asked_again(status: int) -> None:
    assert isinstance(judge(status_error(status)), Again)


def test_the_wait_of_a_429_is_passed_on() -> None:
    assert judge(status_error(429, retry_after="3")) == Again("HTTP 429: no", 3.0, "busy")


def test_an_endpoint_that_asks_for_an_hour_is_not_waited_for() -> None:
    verdict = judge(status_error(429, retry_after="3600"))
    assert isinstance(verdict, Hopeless)
    assert "3600 seconds" in verdict.reason


@pytest.mark.parametrize("status", [401, 402, 403, 404])
def test_keys_money_and_unknown_models_need_a_person(status: int) -> None:
    verdict = judge(status_error(status))
    assert isinstance(verdict, Hopeless)
    assert verdict.hint


def test_an_empty_account_is_not_a_busy_endpoint() -> None:
    assert isinstance(judge(status_error(429, {"message": "quota", "code": "insufficient_quota"})), Hopeless)


def test_a_text_that_is_too_long_fails_alone_with_both_numbers() -> None:
    error = {"message": "x", "type": "exceed_context_size_error", "n_prompt_tokens": 24030, "n_ctx": 8192}
    assert judge(status_error(400, error)) == GiveUp("the question takes 24,030 tokens, and the context holds 8,192")


def test_a_text_that_is_too_long_for_openai_fails_alone() -> None:
    verdict = judge(status_error(400, {"message": "maximum is 128000", "code": "context_length_exceeded"}))
    assert verdict == GiveUp("the question does not fit the context: maximum is 128000")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, {"message": "filtered", "code": "content_filter"}),
        (403, {"message": "Your input was flagged: moderation"}),
    ],
)
def test_a_filtered_text_is_a_refusal(status: int, error: dict[str, str]) -> None:
    assert judge(status_error(status, error)) == Refused(error["message"])


def test_an_endpoint_without_structured_answers_gets_the_setting_that_helps() -> None:
    verdict = judge(status_error(400, {"message": "response_format is not supported"}))
    assert isinstance(verdict, Hopeless)
    assert "answer_format" in verdict.hint


def test_any_other_rejected_request_fails_alone() -> None:
    assert judge(status_error(422)) == GiveUp("HTTP 422: no")


def test_a_timeout_is_asked_again_and_not_taken_for_a_dead_endpoint() -> None:
    assert judge(TimeoutError()) == Again("no answer in time", kind="failed")
