"""The tokens that an endpoint returned are laid beside the characters of the answer."""

from __future__ import annotations

import math

import pytest

from coder.providers.positions import code_positions
from coder.providers.spelling import Spelled, spelled_probabilities

SCHEMA = {
    "properties": {
        name: {"properties": {"code": {"type": "string", "enum": ["tiède", "warm"]}}} for name in ("inside", "outside")
    }
}
ANSWER = '{"inside":{"code":"tiède"},"outside":{"code":"warm"}}'


def tokens(*pieces: tuple[bytes, float]) -> list[Spelled]:
    return [(piece, math.log(chance)) for piece, chance in pieces]


WHOLE = tokens(
    (b'{"inside":{"code":', 0.5), (b'"ti', 0.8), ("è".encode()[:1], 0.5), ("è".encode()[1:] + b"de", 0.9),
    (b'"},"outside":{"code":"', 0.1), (b"warm", 0.25), (b'"}}', 0.5),
)  # fmt: skip


def probabilities(spelled: list[Spelled], answer: str = ANSWER, offset: int = 0) -> list[tuple[str, float]]:
    positions = code_positions(answer[offset:], SCHEMA)
    return [(one.code, one.probability) for one in spelled_probabilities(answer, positions, spelled, offset)]


def test_the_tokens_that_share_a_byte_with_a_code_are_multiplied() -> None:
    # a token may begin before the code, and end within a character: 0.8 x 0.5 x 0.9; the second stands alone
    assert probabilities(WHOLE) == [("tiède", pytest.approx(0.36)), ("warm", pytest.approx(0.25))]


def test_what_stands_before_the_answer_shifts_every_code() -> None:
    fenced = f"```é\n{ANSWER}"
    assert probabilities([("```é\n".encode(), -1.0), *WHOLE], fenced, offset=5) == probabilities(WHOLE)


def test_an_end_mark_behind_the_answer_is_passed_over() -> None:
    assert probabilities([*WHOLE, (b"<|im_end|>", -3.0)]) == probabilities(WHOLE)


@pytest.mark.parametrize("spelled", [[], WHOLE[1:], WHOLE[:-1], [(b"x", 0.0), *WHOLE]])
def test_tokens_that_do_not_spell_the_answer_give_no_probability(spelled: list[Spelled]) -> None:
    assert probabilities(spelled) == []


def test_figures_that_no_probability_has_do_not_become_one() -> None:
    odd = [*WHOLE]
    odd[1], odd[5] = (odd[1][0], math.nan), (odd[5][0], 1e-9)  # above 0 by rounding
    assert probabilities(odd) == [("warm", 1.0)]
