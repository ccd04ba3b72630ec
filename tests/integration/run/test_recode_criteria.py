"""A criterion's yes and no, left unclear where the run's other answers do not bear them out, on a real store."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from coder.documents import segment
from coder.model import Call, Codebook, CodeProbability, Criterion, Document, Run, Status, Version
from coder.prompting import build_prompts, interpret
from coder.run.codings import codings_of, latest
from coder.run.plan import Parameters
from coder.run.prior import MIN_TEXTS
from coder.run.recode import recode
from coder.run.session import start_run
from coder.screening import screening_codebook
from coder.store import Store

BOOK = screening_codebook(
    Codebook(name="b", version="1", criteria=(Criterion(id="about", question="Is it about AI?"),))
)
PROMPTS = build_prompts(BOOK, "object", calls="each", text="first", first="code")
PARAMETERS = Parameters("local", "m", "object", 0.0, 200, 1, 1, confidence=True, prior="confirm")
USUAL: Mapping[str, float] = {"yes": 0.7, "no": 0.25, "absent": 0.05}
FAR: Mapping[str, float] = {"yes": 0.1, "no": 0.85, "absent": 0.05}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.create(str(tmp_path / "run.db")) as opened:
        yield opened


def answer(store: Store, run: Run, chances: Mapping[str, float]) -> str:
    document = Document(name="d")
    version = Version(document_id=document.id, text="One. Two.", hash="h")
    store.add_documents([(document, version)])
    code = max(chances, key=lambda name: chances[name])
    raw = json.dumps({"about": {"code": code, "evidence": [2]}})
    known = (CodeProbability(dimension="about", code=code, probability=chances[code], distribution=dict(chances)),)
    call = Call(
        run_id=run.id, version_id=version.id, key=version.id, dimensions=("about",), status="ok",
        requested_model="m", raw=raw, probabilities=known,
    )  # fmt: skip
    reading = interpret(raw, PROMPTS[0], segment(version.text, version.language))
    store.save_answer(call, codings_of(run, call, PROMPTS[0], reading, known))
    return version.id


def said(store: Store, run: Run, version_id: str) -> tuple[Status, tuple[str, ...]]:
    (coding,) = [one for one in latest(store.codings(run_id=run.id)) if one.version_id == version_id]
    return coding.status, coding.codes


def test_a_no_that_is_said_of_one_text_of_many_stands_with_its_sentence(store: Store) -> None:
    run = start_run(store, PROMPTS, PARAMETERS)
    *_, last = [answer(store, run, chances) for chances in [USUAL] * MIN_TEXTS + [FAR]]
    found = recode(store, run, PROMPTS, "confirm")
    assert (found.changed, said(store, run, last)) == (0, (Status.CODED, ("no",)))
    (coding,) = [one for one in latest(store.codings(run_id=run.id)) if one.version_id == last]
    assert [one.start for one in coding.all_evidence] == [5]


def test_a_no_that_is_said_of_all_texts_is_unclear_and_the_first_answer_stays_stored(store: Store) -> None:
    run = start_run(store, PROMPTS, PARAMETERS)
    *_, last = [answer(store, run, FAR) for _ in range(MIN_TEXTS)]
    assert recode(store, run, PROMPTS, "confirm").changed == MIN_TEXTS
    assert said(store, run, last) == (Status.ABSENT, ())
    first, second = [one for one in store.codings(run_id=run.id) if one.version_id == last]
    assert (first.codes, second.derived_from) == (("no",), first.id)


def test_of_too_few_texts_no_no_stands_until_more_have_come(store: Store) -> None:
    run = start_run(store, PROMPTS, PARAMETERS)
    far = answer(store, run, FAR)
    recode(store, run, PROMPTS, "confirm")
    assert said(store, run, far)[0] is Status.ABSENT
    for _ in range(MIN_TEXTS):
        answer(store, run, USUAL)
    recode(store, run, PROMPTS, "confirm")
    assert said(store, run, far) == (Status.CODED, ("no",))
