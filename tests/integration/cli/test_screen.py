"""Screening by criteria, from the model's answers to people's: in a real store, against an endpoint on loopback."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from coder.cli.project import pick_run
from coder.cli.screen import as_screened
from coder.cli.screening import screening_of
from coder.documents import segment
from coder.errors import InputError
from coder.settings import ModelSettings, Settings
from coder.store import Store
from coder.tui.app import DeskApp
from tests.integration.cli.screener import BOOK, Review, reviewing
from tests.tui.drive import words


@pytest.fixture
def review(tmp_path: Path) -> Iterator[Review]:
    with reviewing(tmp_path) as made:
        yield made


def test_only_a_criterion_that_is_not_met_excludes_and_the_first_is_the_reason(review: Review) -> None:
    told = review.screen("--audit", "0", "--check", "0")
    assert told["reasons"] == {"about": 2, "meant": 1}
    assert (told["included"], told["excluded"], told["unclear"], told["queued"]) == (1, 3, 1, 1)
    assert review.states() == {
        "in": ("included", "", "model"),
        "off": ("excluded", "about", "model"),
        "both": ("excluded", "about", "model"),
        "far": ("excluded", "meant", "model"),
        "dim": ("unclear", "meant", "model"),
    }


def test_a_second_run_asks_only_what_is_new_or_was_changed(review: Review) -> None:
    review.screen("--audit", "0")
    assert review.mock.stats.ok == 5
    review.screen("--audit", "0")
    assert review.mock.stats.ok == 5
    review.add("late", "A late program. about-n")
    review.change("off", "A program on scans, now with AI.")
    assert "off" not in review.states()  # its newest text is not screened yet
    review.screen("--audit", "0")
    assert review.mock.stats.ok == 7
    assert review.states()["late"] == ("excluded", "about", "model")
    assert review.states()["off"] == ("included", "", "model")


def test_a_change_of_the_dimensions_touches_nothing_that_was_screened(review: Review) -> None:
    review.screen("--audit", "0")
    before = review.states()
    (review.folder / "codebook.yaml").write_text(
        BOOK.replace("How does it sound?", "Which tone?").replace("1\n", "2\n")
    )
    assert review.states() == before
    review.screen("--audit", "0")
    assert review.mock.stats.ok == 5


def test_a_criterion_worded_anew_is_asked_again_and_the_others_stand(review: Review) -> None:
    review.screen("--audit", "0")
    (review.folder / "codebook.yaml").write_text(BOOK.replace("meant for radiologists", "open to radiologists"))
    states = review.states()
    assert states["off"] == ("excluded", "about", "model")  # by what was not reworded
    assert states["far"][0] == "unclear"  # its reason fell away, and nobody answered the new question
    review.screen("--audit", "0")
    assert review.states()["far"] == ("excluded", "meant", "model")
    asked = review.mock.requests[-1]["response_format"]["json_schema"]["schema"]["properties"]
    assert list(asked) == ["meant"]


def test_a_screening_run_is_never_taken_for_a_coding_run(review: Review) -> None:
    review.read("code")
    (coded,) = review.read("runs")
    review.screen()
    review.call("screen", "--overrule", "in", "about", "no", "--because", "seen")
    runs = review.read("runs")
    assert [one["work"] for one in runs] == ["coding", "screening"]
    assert review.read("runs", "show")["codebook_hash"] == review.project.codebook().hash()
    status = review.read("status")
    assert (status["runs"], status["queued"]) == (1, 0)
    assert (status["documents"], status["excluded"]) == (1, 4)
    assert (status["coded"], status["not_coded"]) == (1, 0)  # of those that count: all five were coded before
    rows = review.read("queue", "--audit-rate", "0")
    assert {row["dimension"] for row in rows} <= {"tone"}
    out = review.folder / "out.csv"
    assert review.call("export", str(out)).exception is None
    table = out.read_text()
    assert "tone" in table
    assert not re.search(r"\b(about|meant)\b", table)
    with review.project.store() as store:
        assert pick_run(store, None).id == coded["id"]
        assert {coding.dimension_id for coding in store.codings()} == {"tone"}


def test_the_desk_asks_the_criteria_blind_and_a_decision_beats_the_model(review: Review) -> None:
    review.screen("--audit", "0", "--check", "0")
    done = review.call("adjudicate", "--screening", "--plain", keys="1 a\na\nq\n")
    assert done.exception is None, done.exception
    before, _, after = done.stdout.partition("Your answer is saved")
    assert "meant for radiologists" in before
    assert "mock" not in before  # neither who coded nor what
    assert "mock" in after
    assert review.states()["dim"] == ("included", "", "model")
    told = review.read("screen", "--show", "dim")
    assert [one["answer"] for one in told["criteria"]] == ["yes", "yes"]
    assert told["criteria"][1]["model"]["answer"] == "unclear"
    assert [re.search(r"ada  (\w+)", line)[1] for line in told["criteria"][1]["history"]] == [
        "answer",
        "reveal",
        "settle",
    ]  # type: ignore[index]


async def test_a_screening_item_is_shown_and_saved_on_the_screen(review: Review) -> None:
    done = await asyncio.to_thread(review.screen, "--audit", "0", "--check", "0")
    assert done["unclear"] == 1
    from coder.adjudicate import Desk

    project = screening_of(review.project)
    with project.store() as store:
        run = pick_run(store, None, project.codebook().hash())
        person = store.coder("ada", "person")
        desk = Desk(store, project.codebook(), person, lambda v: segment(v.text, v.language), run_id=run.id)
        app = DeskApp(desk)
        async with app.run_test(size=(140, 40)) as pilot:
            assert "Is it meant for radiologists?" in words(app)
            assert "Queued for" not in words(app)
            await pilot.press("2", "a")
            assert "Your answer is saved: No" in words(app)
            assert "Queued for: unclear" in words(app)
            await pilot.press("a")
    assert review.states()["dim"] == ("excluded", "meant", "person")


def test_what_was_missed_is_estimated_from_the_random_sample_alone(review: Review) -> None:
    for number in range(17):  # 20 excluded in all
        review.add(f"x{number}", f"Another program, {number}. about-n")
    told = review.screen("--audit", "8", "--check", "0")
    assert (told["excluded"], told["audited"], told["queued"]) == (20, {"excluded": 8}, 1 + 8 * 2)
    first = review.read("screen", "--results")
    assert first["missed"]["reason"] == "not estimable: none of the 8 drawn is judged whole yet"
    with review.project.store() as store:
        rows = [row for row in store.apart("screening").inclusions() if row.drawn]
        names = {document.id: document.name for document in store.documents()}
        assert store.inclusions() == []  # no sample of coding
    drawn = sorted(names[row.document_id] for row in rows)
    for place, name in enumerate(drawn):  # two of the eight are wrongly excluded
        for criterion in ("about", "meant"):
            answer = "yes" if place < 2 else "no"
            assert (
                review.call("screen", "--overrule", name, criterion, answer, "--because", "read it").exception is None
            )
    missed = review.read("screen", "--results")["missed"]
    assert (missed["population"], missed["judged"], missed["found"], missed["value"]) == (20, 8, 2, 5.0)
    # Hypergeometric limits, 2 of 8 from 20: the fewest M with P(X >= 2 | M) > 0.025 is 2 (C(18,6)/C(20,8) = 0.147), the
    # most with P(X <= 2 | M) > 0.025 is 11: (C(9,8) + 11 C(9,7) + 55 C(9,6)) / C(20,8) = 0.0399; M = 12 gives 0.0154.
    assert (missed["low"], missed["high"]) == (2, 11)
    assert review.read("screen", "--results")["precision"]["reason"].startswith("not estimable: no document")
    said = review.call("screen", "--results").stdout
    assert "8 of the 20 excluded documents were drawn at random" in said
    assert "about 5 were wrongly excluded (25.0%), between 2 and 11" in said


def test_a_larger_or_later_audit_keeps_what_was_drawn_and_stays_one_random_sample(review: Review) -> None:
    for number in range(17):  # 20 excluded in all
        review.add(f"x{number}", f"Another program, {number}. about-n")
    assert review.screen("--audit", "4", "--check", "0")["queued"] == 1 + 4 * 2
    first = drawn(review)
    assert review.screen("--audit", "4", "--check", "0")["queued"] == 0
    assert review.screen("--audit", "2", "--check", "0")["queued"] == 0  # nothing is taken back
    more = review.screen("--audit", "9", "--check", "0")
    assert (more["audited"], more["queued"]) == ({"excluded": 5}, 5 * 2)
    assert first < drawn(review)
    for number in range(20):
        review.add(f"y{number}", f"A later program, {number}. meant-n")
    review.screen("--audit", "50%", "--check", "0")
    found = review.read("screen", "--results")["missed"]
    assert (found["population"], found["drawn"], found["of"]) == (40, 20, 40)


def drawn(review: Review) -> set[str]:
    """The documents that the newest draw holds."""
    with review.project.store() as store:
        rows = store.apart("screening").inclusions()
    newest = max(row.sample for row in rows)
    return {row.document_id for row in rows if row.drawn and row.sample == newest}


def test_without_an_audit_nothing_is_said_of_what_was_missed(review: Review) -> None:
    review.screen("--audit", "0", "--check", "0")
    found = review.read("screen", "--results")
    assert found["missed"]["reason"] == "not estimable: no document that is excluded was drawn for people"
    assert found["recall"]["value"] is None


def test_recall_holds_what_people_took_in_against_what_was_lost(review: Review) -> None:
    # All are drawn: of 3 excluded 1 belongs in, the included one does, the unclear one is taken in: 2 of 3 found.
    review.screen("--audit", "100%", "--check", "100%")
    for name, answer in {"in": "yes", "off": "yes", "both": "no", "far": "no", "dim": "yes"}.items():
        for criterion in ("about", "meant"):
            review.call("screen", "--overrule", name, criterion, answer, "--because", "read it")
    found = review.read("screen", "--results")
    assert found["recall"] == {
        "value": pytest.approx(2 / 3),
        "low": pytest.approx(2 / 3),
        "high": pytest.approx(2 / 3),
        "reason": None,
    }
    assert found["precision"]["value"] == 1
    assert found["missed"]["value"] == found["missed"]["low"] == found["missed"]["high"] == 1
    assert found["now"]["included"] == 3
    assert found["work_saved"] == {"screened": 5, "for_people": 5, "seen_by_people": 5, "share": 0.0}


def test_people_who_screen_from_scratch_give_a_kappa_on_each_criterion(review: Review) -> None:
    review.screen("--audit", "0", "--check", "0")
    done = review.call("adjudicate", "--screening", "--task", "code", "--plain", keys="1 a\n" * 10)
    assert done.exception is None, done.exception
    rows = {one["dimension"]: one for one in review.read("screen", "--results")["agreement"]}
    assert set(rows) == {"about", "meant", "included"}
    # ada kept all five; the model excluded three: 2 of 5 agree, and one margin is constant, so kappa is 0.
    assert (rows["included"]["person"], rows["included"]["n"], rows["included"]["value"]) == ("ada", 5, 0.0)
    assert rows["included"]["low"] is None


def test_overruling_needs_a_reason_is_kept_and_can_be_taken_back(review: Review) -> None:
    review.screen("--audit", "0", "--check", "0")
    refused = review.call("screen", "--overrule", "far", "meant", "yes")
    assert isinstance(refused.exception, InputError)
    told = review.read("screen", "--overrule", "far", "meant", "yes", "--because", "radiologists may attend")
    assert (told["state"], told["answer"]) == ("included", "yes")
    history = review.call("screen", "--show", "far").stdout
    assert "radiologists may attend" in history
    back = review.read("screen", "--undo", "far", "meant")
    assert (back["state"], back["reason"]) == ("excluded", "meant")
    assert isinstance(review.call("screen", "--undo", "far", "meant").exception, InputError)
    with review.project.store() as store:
        kept = [act.action for act in store.apart("screening").decisions()]
    assert kept == ["settle", "undo"]


@pytest.mark.parametrize(
    ("book", "words_"),
    [
        (BOOK.partition("criteria:")[0], "no criteria to screen by"),
        (BOOK.replace("id: about,", "id: tone,"), "'tone' and a dimension have the same id"),
    ],
)
def test_what_cannot_be_screened_is_said(review: Review, book: str, words_: str) -> None:
    (review.folder / "codebook.yaml").write_text(book)
    refused = review.call("screen").exception
    assert isinstance(refused, InputError)
    assert words_ in refused.message
    assert review.states() == {}


def test_the_desk_says_when_nothing_was_screened(review: Review) -> None:
    refused = review.call("adjudicate", "--screening", "--plain").exception
    assert isinstance(refused, InputError)
    assert "intercoder screen" in refused.hint


def test_an_exclusion_that_the_model_is_less_sure_of_is_kept_back_for_a_person(review: Review) -> None:
    settings = review.folder / "intercoder.toml"
    settings.write_text(settings.read_text().replace("[coder]", 'confidence = "on"\n[coder]'))
    review.add("plain", "A program on engines, surely. about-n")
    told = review.screen("--min-confidence", "0.95", "--audit", "0", "--check", "0")
    # `off`, `both` and `far` fail at exp(-0.1) = 0.90 at best, `plain` at exp(-0.002) = 0.998 or more; `dim` is unclear.
    assert (told["included"], told["excluded"], told["unclear"], told["reasons"]) == (1, 1, 4, {"about": 1})
    assert review.states()["plain"] == ("excluded", "about", "model")
    with review.project.store() as store:
        names = {version.id: document.name for document, version in store.current_versions()}
        queued = {
            (names[item.version_id], item.dimension_id, item.reason) for item in store.apart("screening").queue_items()
        }
    assert queued == {
        ("off", "about", "low_confidence"),
        ("both", "about", "low_confidence"),
        ("both", "meant", "low_confidence"),
        ("far", "meant", "low_confidence"),
        ("dim", "meant", "unclear"),
    }
    done = review.call("adjudicate", "--screening", "--plain", keys="2 a\na\nq\n")  # `off` comes first: no
    assert done.exception is None, done.exception
    assert review.states()["off"] == ("excluded", "about", "person")
    assert review.states()["far"][0] == "unclear"


def test_what_became_of_the_documents_is_called_screening(review: Review) -> None:
    said = review.call("screen", "--audit", "0").stderr
    assert re.search(r"run \w+: screened 5 of 5 asked", said)
    assert "coded" not in said
    assert re.search(r"run \w+: coded 2 of 2 asked", review.call("code").stderr)


def test_a_dry_run_says_what_it_would_cost_and_leaves_no_trace(review: Review) -> None:
    told = review.read("screen", "--dry-run")
    assert told["expected"]["calls"] == 5
    with Store.open(str(review.folder / "intercoder.db")) as store:
        assert store.apart("all").runs() == []


def test_the_ranking_has_what_is_likeliest_to_be_included_first(review: Review) -> None:
    review.add("gone", "It has no answer.")
    review.screen("--audit", "0", "--limit", "5")
    ranked = review.read("screen", "--ranking")["documents"]
    # All criteria met; one unclear; one not met, the first by the order of import; none met. What was not asked is not there.
    assert [one["document"] for one in ranked] == ["in", "dim", "off", "far", "both"]
    assert (ranked[2]["state"], ranked[2]["criterion"]) == ("excluded", "about")
    assert review.call("screen", "--ranking").stdout.splitlines()[:2] == ["1. in: included", "2. dim: unclear (meant)"]


def test_a_desk_can_have_what_is_likeliest_to_be_included_first(review: Review) -> None:
    review.screen("--audit", "4", "--check", "1")
    desk = review.call("adjudicate", "--screening", "--plain", "--order", "likely", keys="q\n")
    assert "in" in desk.stdout.split("dim")[0]
    refused = review.call("adjudicate", "--order", "likely")
    assert "--order likely is for screening" in str(refused.exception or refused.stderr)


def test_the_embedded_model_is_asked_one_criterion_at_a_time_and_others_as_they_are_set() -> None:
    asked = as_screened(Settings(model=ModelSettings(provider="local"))).model
    assert (asked.calls, asked.text, asked.prior, asked.surroundings) == ("each", "first", "confirm", "show")
    set_so = as_screened(Settings(model=ModelSettings(provider="local", calls="together", prior="keep"))).model
    assert (set_so.calls, set_so.prior) == ("together", "keep")
    other = as_screened(Settings(model=ModelSettings(provider="openai"))).model
    assert (other.calls, other.prior) == ("auto", "keep")
