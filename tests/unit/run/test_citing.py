"""Which sentence an answer cites."""

from __future__ import annotations

from coder.codebook import parse_codebook
from coder.model import CodeProbability, Segment
from coder.run.citing import Likeness, Places, cited, places
from coder.run.prior import MIN_TEXTS

BOOK = parse_codebook(
    """\
name: courses
version: 1
dimensions:
  - id: tone
    kind: nominal
    question: Tone?
    absent: {}
    categories:
      - {id: good, label: Good, definition: Praise and thanks.}
      - {id: bad, label: Bad, definition: Complaints about delays.}
  - id: topics
    kind: multilabel
    question: Topics?
    absent: {}
    categories: [{id: x, label: Statistics}, {id: y, label: Cooking}]
""",
    "b",
)
WORDS = ("The weather was fine.", "The delay was long, we complained.", "Many thanks to all.")
SENTENCES = tuple(
    Segment(number=number, text=text, start=number * 40, end=number * 40 + len(text))
    for number, text in enumerate(WORDS, start=1)
)
UNLIKE = Likeness(BOOK, [])
ALIKE = Likeness(BOOK, [SENTENCES])


def answer(*shares: float, question: str = "tone") -> tuple[CodeProbability, ...]:
    """An answer that cites sentence 1, 2, ... with these probabilities."""
    distribution = {str(place): share for place, share in enumerate(shares, start=1)}
    code = max(distribution, key=lambda place: distribution[place])
    chance = distribution[code]
    return (CodeProbability(dimension=f"{question}#", code=code, probability=chance, distribution=distribution),)


def pick(
    one: tuple[CodeProbability, ...], known: Places, likeness: Likeness = UNLIKE, code: str = "bad"
) -> dict[str, tuple[int, ...]]:
    return cited(one, {"tone": code}, known, likeness, SENTENCES)


def test_a_place_that_is_cited_everywhere_gives_way_to_one_that_stands_out() -> None:
    usual = answer(0.05, 0.05, 0.9)
    special = answer(0.05, 0.40, 0.55)
    known = places([*[usual] * (MIN_TEXTS - 1), special])
    # the mean is .0675 for the second and .8825 for the third; beside half of that, and half of its own, .40 wins
    assert pick(special, known) == {"tone": (2,)}
    assert pick(special, {}) == {"tone": (3,)}


def test_what_is_cited_for_every_question_of_a_text_gives_way_too() -> None:
    both = (
        *answer(0.1, 0.2, 0.7),
        *answer(0.1, 0.01, 0.89, question="topics/x"),
        *answer(0.1, 0.01, 0.89, question="topics/y"),
    )
    # of the text's own means .073 stands against .827: .2 / sqrt(.073) is .74, .7 / sqrt(.827) is .77
    assert cited(both, {}, {}, UNLIKE, SENTENCES)["tone"] == (3,)
    more = (*answer(0.1, 0.25, 0.65), *both[1:])
    assert cited(more, {}, {}, UNLIKE, SENTENCES)["tone"] == (2,)  # .25 / sqrt(.09) is .83, .65 / sqrt(.81) is .72


def test_words_of_the_definition_decide_between_places_that_the_model_cannot_tell_apart() -> None:
    unsure = answer(0.4, 0.3, 0.3)
    assert pick(unsure, {}, ALIKE, "bad") == {"tone": (2,)}
    assert pick(unsure, {}, ALIKE, "good") == {"tone": (3,)}


def test_a_place_is_held_against_the_texts_that_have_it() -> None:
    short = [answer(0.5, 0.5)] * MIN_TEXTS
    long = answer(0.1, 0.1, 0.8)
    assert places([*short, long])["tone"][3] == 0.8  # over one text, and not .8 / 21


def test_a_question_that_few_texts_were_asked_is_held_against_all_and_few_texts_against_nothing() -> None:
    many = [answer(0.9, 0.1)] * MIN_TEXTS
    rare = answer(0.7, 0.3, question="topics/x")
    assert set(places([*many, rare])) == {"", "tone"}
    assert places([rare]) == {}


def test_probabilities_of_codes_are_none_of_sentences() -> None:
    code = CodeProbability(dimension="tone", code="good", probability=1.0, distribution={"good": 1.0, "bad": 0.0})
    assert places([(code,)] * MIN_TEXTS) == {}
    assert pick((code,), {}) == {}


def test_a_code_that_claims_nothing_cites_nothing() -> None:
    label = answer(0.2, 0.8, question="topics/x")
    assert cited(label, {"topics/x": "no"}, {}, ALIKE, SENTENCES) == {"topics/x": ()}
    assert cited(label, {"topics/x": "yes"}, {}, UNLIKE, SENTENCES) == {"topics/x": (2,)}
    assert pick(answer(0.2, 0.8), {}, ALIKE, "absent") == {"tone": ()}
