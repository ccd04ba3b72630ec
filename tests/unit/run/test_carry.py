"""After a codebook edit: what stands is carried over, what hangs on a change is asked again."""

from __future__ import annotations

from typing import Any

from coder.codebook import parse_codebook
from coder.model import Assignment, Codebook, Coding, Run, Status
from coder.run.carry import carried_codings, kept_before, share, standing

DIMENSIONS = {
    "mode": "{id: mode, kind: nominal, question: How?, categories: [{id: online}, {id: offline}]}",
    "place": "{id: place, kind: nominal, question: Where?, absent: {}, applies_if: mode == offline, categories: [{id: abroad}, {id: home}]}",
    "parts": "{id: parts, kind: multilabel, question: What?, absent: {}, categories: [{id: x}, {id: y}]}",
}


def book(**changed: str) -> Codebook:
    """The codebook; of a dimension named here, the question (or nothing, for one taken out)."""
    lines = []
    for name, line in DIMENSIONS.items():
        if changed.get(name) == "":
            continue
        question = changed.get(name)
        lines.append(
            f"  - {line}" if question is None else f"  - {line.replace('question: ', f'question: {question}')}"
        )
    return parse_codebook("name: small\nversion: 1\ndimensions:\n" + "\n".join(lines) + "\n", "book.yaml")


def run(**fields: Any) -> Run:
    return Run(coder_id="m", codebook_hash="old", prompt_hash="p", **fields)


def coding(dimension: str, code: str, **fields: Any) -> Coding:
    given: dict[str, Any] = {
        "version_id": "v", "coder_id": "m", "codebook_hash": "old", "call_id": "c",
        "dimension_hash": book().dimension(dimension).hash(), "dimension_id": dimension,
    }  # fmt: skip
    status = Status(code) if code in {one.value for one in Status} else Status.CODED
    codes = (Assignment(category=code),) if status is Status.CODED else ()
    return Coding.model_validate(given | {"status": status, "assignments": codes} | fields)


def answers(mode: str = "offline", place: str = "home", parts: str = "x") -> list[Coding]:
    return [coding("mode", mode), coding("place", place), coding("parts", parts)]


def asked(codebook: Codebook, codings: list[Coding]) -> tuple[str, ...]:
    return share(codebook, standing(codebook, [(run(), codings)]).get(("v", 0), {})).ask


def test_of_an_unchanged_codebook_nothing_is_asked() -> None:
    assert asked(book(), answers()) == ()


def test_a_changed_dimension_alone_is_asked_again() -> None:
    assert asked(book(parts="So "), answers()) == ("parts",)


def test_what_hangs_on_a_changed_dimension_is_asked_with_it() -> None:
    assert asked(book(mode="So "), answers()) == ("mode", "place")


def test_a_changed_dimension_is_not_asked_where_a_carried_code_rules_it_out() -> None:
    changed = book(place="So ")
    assert asked(changed, answers("offline")) == ("place",)
    assert asked(changed, answers("online", "not_applicable")) == ()


def test_a_condition_that_could_not_be_read_leaves_the_dimension_open() -> None:
    assert asked(book(place="So "), answers("invalid")) == ("place",)


def test_an_answer_that_did_not_apply_falls_once_the_condition_holds() -> None:
    # From an older run: mode was online then, so that place did not apply; the newest answer to mode is offline.
    codings = [coding("place", "not_applicable"), coding("mode", "offline"), coding("parts", "x")]
    assert asked(book(), codings) == ("place",)


def test_a_removed_dimension_costs_nothing_and_a_text_never_coded_is_asked_whole() -> None:
    assert asked(book(parts=""), answers()) == ()
    assert asked(book(), []) == ("mode", "place", "parts")


def test_a_failure_is_asked_again_and_a_refusal_was_paid_for() -> None:
    assert asked(book(), [*answers()[:2], coding("parts", "failed")]) == ("parts",)
    assert asked(book(), [*answers()[:2], coding("parts", "refused")]) == ()


def test_the_newest_answer_of_several_runs_stands_whatever_run_it_is_of() -> None:
    first, second = run(), run()
    old = [coding("mode", "online", run_id=first.id), coding("parts", "x", run_id=first.id)]
    new = [coding("mode", "offline", run_id=second.id), coding("mode", "failed", run_id=second.id)]
    found = standing(book(), [(second, new), (first, old)])["v", 0]
    assert {name: one.codes for name, one in found.items()} == {"mode": ("offline",), "parts": ("x",)}


def test_replicates_stand_for_themselves() -> None:
    found = standing(book(), [(run(), [coding("mode", "online"), coding("mode", "offline", replicate=1)])])
    assert {cell: one["mode"].codes for cell, one in found.items()} == {("v", 0): ("online",), ("v", 1): ("offline",)}


def test_what_was_shown_as_an_example_or_carried_over_itself_is_no_source() -> None:
    assert standing(book(), [(run(parameters={"examples": ["v"]}), answers())]) == {}
    assert standing(book(), [(run(), [coding("mode", "online", call_id=None)])]) == {}


def test_a_carried_coding_says_where_it_is_from_and_belongs_to_the_new_run() -> None:
    changed, old = book(place="So "), answers("online", "not_applicable")
    shared = share(changed, standing(changed, [(run(), old)])["v", 0])
    new = Run(coder_id="m", codebook_hash=changed.hash(), prompt_hash="q")
    mode, place, parts = carried_codings(new, "v", 0, shared)
    assert [(one.run_id, one.call_id, one.codebook_hash) for one in (mode, place, parts)] == [
        (new.id, None, changed.hash())
    ] * 3
    assert (mode.derived_from, mode.codes, mode.id != old[0].id) == (old[0].id, ("online",), True)
    # Its wording changed, so that no answer of it stands; what rules it out does.
    assert (place.derived_from, place.status, place.reason) == (None, Status.NOT_APPLICABLE, "'mode' rules it out")
    assert place.dimension_hash == changed.dimension("place").hash()
    assert kept_before([mode, place, parts, old[0]]) == {("v", 0): {"mode", "place", "parts"}}
