"""A changed text: which codes moved, and by which of its words."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from coder.model import Assignment, Coding, Span, Status, Version
from coder.run.moved import changed, moved

OLD = "The course is free. It takes place online. Radiologists are welcome."
NEW = "The course is 250 euros. It takes place online. Radiologists are welcome."


def version(text: str) -> Version:
    return Version(document_id="d", text=text, hash="h", language="en")


def coding(code: str, text: str = "", words: str = "") -> Coding:
    start = text.index(words) if words else 0
    evidence = (Span(start=start, end=start + len(words)),) if words else ()
    return Coding(
        version_id="v", dimension_id="price", coder_id="c", status=Status.CODED, codebook_hash="b", dimension_hash="d",
        assignments=(Assignment(category=code, evidence=evidence),),
    )  # fmt: skip


def shown(text: str, spans: tuple[Span, ...]) -> list[str]:
    return [text[span.start : span.end] for span in spans]


def test_the_words_that_changed_are_told_not_the_sentences_around_them() -> None:
    found = changed(version(OLD), version(NEW))
    assert (shown(OLD, found.gone), shown(NEW, found.come)) == (["free"], ["250 euros"])


def test_a_code_that_moved_names_the_changed_words_it_cites() -> None:
    before, after = coding("free", OLD, "The course is free."), coding("paid", NEW, "The course is 250 euros.")
    (one,) = moved(version(OLD), version(NEW), {"price": before}, {"price": after})
    assert (one.gone, one.come, one.explained) == (("free",), ("250 euros",), True)


def test_a_code_that_cites_nothing_that_changed_is_not_explained_by_the_change() -> None:
    before, after = coding("online", OLD, "It takes place online."), coding("hybrid", NEW, "It takes place online.")
    (one,) = moved(version(OLD), version(NEW), {"mode": before}, {"mode": after})
    assert (one.gone, one.come, one.explained) == ((), (), False)


def test_a_code_that_stayed_and_a_dimension_asked_once_did_not_move() -> None:
    before, after = coding("free", OLD, "free"), coding("free", NEW, "250 euros")
    assert moved(version(OLD), version(NEW), {"price": before}, {"price": after, "mode": after}) == ()


def test_a_moved_sentence_is_gone_in_one_place_and_come_in_another() -> None:
    left, right = "One is here. Two is there. Three stays.", "Two is there. Three stays. One is here."
    found = changed(version(left), version(right))
    assert (shown(left, found.gone), shown(right, found.come)) == (["One is here."], ["One is here."])


@given(st.text(alphabet="ab .\nç𝄞", max_size=60), st.text(alphabet="ab .\nç𝄞", max_size=60))
def test_what_is_left_without_the_changed_words_is_the_same(left: str, right: str) -> None:
    found = changed(version(left), version(right))

    def rest(text: str, spans: tuple[Span, ...]) -> str:
        dropped = {place for span in spans for place in range(span.start, span.end)}
        # bullets and rules lie in no segment, so only letters are compared
        return "".join(char for place, char in enumerate(text) if place not in dropped and char.isalnum())

    assert rest(left, found.gone) == rest(right, found.come)


def test_a_page_that_says_one_thing_many_times_is_compared_all_the_same() -> None:
    # Each of 20,000 lines is equal to each of 20,000: looking at all pairs would take minutes.
    line = "Sold out.\n"
    old, new = version(f"It is free.\n{line * 20_000}"), version(f"It is 250 euros.\n{line * 20_000}")
    found = changed(old, new)
    assert (shown(old.text, found.gone), shown(new.text, found.come)) == (["free"], ["250 euros"])


def test_words_of_two_long_texts_that_share_little_are_compared_all_the_same() -> None:
    words = [("the", f"word{number}", "of", "a") for number in range(10_000)]
    old = version(" ".join(word for four in words for word in four))
    new = version(" ".join(word for four in reversed(words) for word in four).replace("word7 ", "word7000x "))
    # Of lists too long to align it is told which words one has and the other has not, wherever they stand.
    found = changed(old, new)
    assert (shown(old.text, found.gone), shown(new.text, found.come)) == (["word7"], ["word7000x"])
