"""Taking the model's leaning out of a run's codes, on a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from coder.codebook import parse_codebook
from coder.documents import segment
from coder.model import Call, CodeProbability, Document, Run, Status, Version
from coder.prompting import build_prompts, interpret
from coder.run.codings import codings_of, latest
from coder.run.plan import Parameters
from coder.run.prior import MIN_TEXTS
from coder.run.recode import recode
from coder.run.session import start_run
from coder.store import Store

BOOK = """\
name: small
version: 1
dimensions:
  - {id: about, kind: nominal, question: What?, absent: {}, categories: [{id: work}, {id: rest}]}
  - id: pay
    kind: nominal
    question: Paid?
    applies_if: about == work
    categories: [{id: paid}, {id: unpaid}]
"""
PARAMETERS = Parameters("local", "m", "object", 0.0, 200, 1, 1, confidence=True, prior="correct")
CODEBOOK = parse_codebook(BOOK, "book.yaml")
(PROMPT,) = build_prompts(CODEBOOK, "object", calls="each")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(str(tmp_path / "run.db")) as opened:
        yield opened


@pytest.fixture
def run(store: Store) -> Run:
    return start_run(store, (PROMPT,), PARAMETERS)


def answer(store: Store, run: Run, about: Mapping[str, float], *cites: CodeProbability) -> str:
    """Store one text's answer as the runner does: the likeliest code of `about`, and `paid` beside it."""
    document = Document(name="d")
    version = Version(document_id=document.id, text="One. Two.", hash="h")
    store.add_documents([(document, version)])
    code = max(about, key=lambda name: about[name])
    raw = json.dumps({"about": {"evidence": [1], "code": code}, "pay": {"evidence": [2], "code": "paid"}})
    known = (
        CodeProbability(dimension="about", code=code, probability=about[code], distribution=dict(about)),
        CodeProbability(dimension="pay", code="paid", probability=0.9, distribution={"paid": 0.9, "unpaid": 0.1}),
        *cites,
    )
    call = Call(
        run_id=run.id, version_id=version.id, key=version.id, dimensions=PROMPT.asked, status="ok",
        requested_model="m", raw=raw, probabilities=known,
    )  # fmt: skip
    reading = interpret(raw, PROMPT, segment(version.text, version.language))
    store.save_answer(call, codings_of(run, call, PROMPT, reading, known))
    return version.id


def leaning_texts(store: Store, run: Run) -> list[str]:
    """Texts whose model leans to `work`: it is likeliest in all, and least so in the last one."""
    sure = [answer(store, run, {"work": 0.9, "rest": 0.06, "absent": 0.04}) for _ in range(MIN_TEXTS - 1)]
    return [*sure, answer(store, run, {"work": 0.5, "rest": 0.4, "absent": 0.1})]


def cells(store: Store, run: Run) -> dict[tuple[str, str], tuple[Status, tuple[str, ...]]]:
    return {(one.version_id, one.dimension_id): (one.status, one.codes) for one in latest(store.codings(run_id=run.id))}


def test_a_code_given_to_every_text_gives_way_to_the_one_that_is_likelier_than_usual(store: Store, run: Run) -> None:
    *sure, doubtful = leaning_texts(store, run)
    assert {codes for _, codes in cells(store, run).values()} == {("work",), ("paid",)}
    done = recode(store, run, (PROMPT,))
    # The means .88, .077 and .043 are smoothed to .853, .090 and .058 (.95 of each + .05/3): in the doubtful text
    # .5/.853 = .586, .4/.090 = 4.45 and .1/.058 = 1.74.
    assert cells(store, run)[doubtful, "about"] == (Status.CODED, ("rest",))
    # In the others .9/.853 = 1.06, .06/.090 = .67 and .04/.058 = .70: the model's own code stays.
    assert {cells(store, run)[version, "about"] for version in sure} == {(Status.CODED, ("work",))}
    assert (done.answers, done.changed) == (MIN_TEXTS, 1)
    assert done.leanings["about"]["work"] == pytest.approx(0.95 * 0.88 + 0.05 / 3)


def test_what_depends_on_a_recoded_code_follows_it(store: Store, run: Run) -> None:
    doubtful = leaning_texts(store, run)[-1]
    recode(store, run, (PROMPT,))
    assert cells(store, run)[doubtful, "pay"] == (Status.NOT_APPLICABLE, ())


def test_a_recoded_coding_says_what_it_came_from_and_how_sure_it_is_now(store: Store, run: Run) -> None:
    doubtful = leaning_texts(store, run)[-1]
    recode(store, run, (PROMPT,))
    first, second = (one for one in store.codings(run_id=run.id, version_id=doubtful) if one.dimension_id == "about")
    assert second.derived_from == first.id
    (given,) = second.assignments
    # 4.453 / (0.586 + 4.453 + 1.738), from the ratios above
    assert given.confidence == pytest.approx(0.657, abs=5e-4)
    assert given.evidence == first.assignments[0].evidence


def test_recoding_again_adds_nothing_until_there_are_new_answers(store: Store, run: Run) -> None:
    leaning_texts(store, run)
    recode(store, run, (PROMPT,))
    before = store.codings(run_id=run.id)
    recode(store, run, (PROMPT,))
    assert store.codings(run_id=run.id) == before
    answer(store, run, {"work": 0.2, "rest": 0.7, "absent": 0.1})
    recode(store, run, (PROMPT,))
    assert len(store.codings(run_id=run.id)) > len(before) + 2


def test_a_few_texts_do_not_show_a_leaning(store: Store, run: Run) -> None:
    for _ in range(MIN_TEXTS - 1):
        answer(store, run, {"work": 0.9, "rest": 0.06, "absent": 0.04})
    before = store.codings(run_id=run.id)
    done = recode(store, run, (PROMPT,))
    assert (dict(done.leanings), done.changed, store.codings(run_id=run.id)) == ({}, 0, before)


def sentence(first: float) -> CodeProbability:
    shares = {"1": first, "2": 1 - first}
    return CodeProbability(dimension="about#", code="1", probability=first, distribution=shares)


def test_a_sentence_cited_for_every_text_gives_way_to_the_one_that_is_likelier_than_usual(
    store: Store, run: Run
) -> None:
    work = {"work": 1.0, "rest": 0.0, "absent": 0.0}
    for _ in range(MIN_TEXTS):
        answer(store, run, work, sentence(0.99))
    doubtful = answer(store, run, work, sentence(0.6))
    done = recode(store, run, (PROMPT,))
    # The means are .971 and .029, smoothed .948 and .052; one question has no more of a text than itself: .595 and .405.
    # .6 / sqrt(.948 * .595) is .80, .4 / sqrt(.052 * .405) is 2.76; elsewhere .99 stays above .01.
    evidence = {
        one.version_id: one.assignments[0].evidence
        for one in latest(store.codings(run_id=run.id))
        if one.dimension_id == "about"
    }
    assert [span.start for span in evidence.pop(doubtful)] == [5]
    assert {span.start for spans in evidence.values() for span in spans} == {0}
    assert done.moved == 1


def test_a_code_that_comes_up_once_the_leaning_is_out_cites_its_sentence(store: Store, run: Run) -> None:
    for _ in range(MIN_TEXTS - 1):
        answer(store, run, {"work": 0.01, "rest": 0.0, "absent": 0.99}, sentence(0.3))
    doubtful = answer(store, run, {"work": 0.45, "rest": 0.0, "absent": 0.55}, sentence(0.3))
    recode(store, run, (PROMPT,))
    (coding,) = (
        one for one in latest(store.codings(run_id=run.id)) if (one.version_id, one.dimension_id) == (doubtful, "about")
    )
    assert coding.codes == ("work",)
    assert [span.start for span in coding.assignments[0].evidence] == [5]
