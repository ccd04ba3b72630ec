"""The conformance case of a sample size."""

from __future__ import annotations

from eval.conformance.planning import KINDS


def test_the_case_of_cantor_1996_gives_its_figure() -> None:
    data = {"rate1": 0.5, "rate2": 0.5, "kappa0": 0.7, "kappa1": 0.85, "alpha": 0.05, "power": 0.8, "sided": 1}
    assert KINDS["sample_size"]({"data": data}) == {"n": 117}


def test_the_width_of_an_interval_is_the_other_case() -> None:
    assert KINDS["sample_size"]({"data": {"rate1": 0.2, "kappa": 0.7, "half_width": 0.1}}) == {"n": 314}
