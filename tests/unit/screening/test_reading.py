"""Texts that are likelier to be included are read first, whatever the model leans to."""

from __future__ import annotations

from math import inf

from coder.screening.reading import likeliness


def text(about: float, meant: float) -> dict[str, dict[str, float]]:
    return {"about": {"yes": about, "no": 1 - about}, "meant": {"yes": meant, "no": 1 - meant}}


def order(texts: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    figures = likeliness(("about", "meant"), texts)
    return sorted(figures, key=lambda name: -figures[name])


def test_the_likelier_a_text_is_to_meet_all_criteria_the_earlier_it_is_read() -> None:
    assert order({"a": text(0.2, 0.3), "b": text(0.9, 0.8), "c": text(0.9, 0.3)}) == ["b", "c", "a"]


def test_a_criterion_of_which_the_model_is_loud_counts_no_more_than_another() -> None:
    # By the product of the probabilities of yes b is before a: .7 * .52 > .1 * .6. In standard deviations of two texts
    # each criterion puts one of them one up and one down, so both have 0, and a third that is best in both leads.
    figures = likeliness(("about", "meant"), {"a": text(0.1, 0.6), "b": text(0.7, 0.52)})
    assert abs(figures["a"] - figures["b"]) < 1e-9


def test_a_criterion_that_all_texts_meet_alike_puts_none_before_another() -> None:
    assert likeliness(("about", "meant"), {"a": text(0.9, 0.5), "b": text(0.9, 0.5)}) == {"a": 0.0, "b": 0.0}


def test_a_text_without_an_answer_to_a_criterion_is_read_first() -> None:
    figures = likeliness(("about", "meant"), {"a": text(0.9, 0.9), "b": {"about": {"yes": 0.1, "no": 0.9}}})
    assert figures["b"] == inf
