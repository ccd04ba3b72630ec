"""`eval --alternative` and `eval --audit`: the model beside people, and codes after adjudication."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from coder.cli.second import AUDIT_SEED
from coder.model import Decision
from tests.integration.cli.scene import Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """60 documents, which the model called warm and x."""
    scene = make_scene(tmp_path / "study", 60)
    scene.run({"tone": ["warm"] * 60, "parts": ["x"] * 60})
    return scene


def test_a_model_as_good_as_two_people_passes(scene: Scene) -> None:
    # Ada and Ben agree on 54 of 60 with each other; the model agrees with Ben on all and with Ada on 54.
    scene.gold("ada", {"tone": ["cold"] * 6 + ["warm"] * 54})
    scene.gold("ben", {"tone": ["warm"] * 60})
    tone, parts = scene.read("eval", "--alternative")["alternative"]
    assert (tone["scoring"], tone["items"], tone["winning_rate"], tone["passed"]) == ("accuracy", 60, 1.0, True)
    by_person = {one["person"]: one for one in tone["comparisons"]}
    # Against Ben, model 1 everywhere: at least Ada's score on 60 of 60; Ada at least the model's on 54.
    assert (by_person["ada"]["advantage"], by_person["ada"]["person_advantage"]) == (1.0, pytest.approx(0.9))
    # Against Ada, model and Ben are right on the same 54.
    assert (by_person["ben"]["advantage"], by_person["ben"]["person_advantage"]) == (1.0, 1.0)
    assert parts["winning_rate"] is None
    text = scene.call("eval", "--alternative").stdout
    assert "passes (100%)" in text
    assert "Calderon" in text


def test_epsilon_is_what_the_model_is_granted(scene: Scene) -> None:
    # The model errs where the people agree on 9 of 60: the person's advantage is .15 on average.
    people = ["cold"] * 9 + ["warm"] * 51
    scene.gold("ada", {"tone": people})
    scene.gold("ben", {"tone": people})
    outcomes = {
        e: scene.read("eval", "--alternative", "--epsilon", e)["alternative"][0]["passed"] for e in ("0.3", "0.1")
    }
    assert outcomes == {"0.3": True, "0.1": False}


def test_sets_of_labels_are_scored_by_their_distance(scene: Scene) -> None:
    scene.gold("ada", {"parts": ["x;y"] * 30 + ["x"] * 30})
    scene.gold("ben", {"parts": ["x"] * 60})
    _, parts = scene.read("eval", "--alternative")["alternative"]
    assert (parts["scoring"], parts["items"], len(parts["comparisons"])) == ("masi", 60, 2)


def test_one_person_is_not_enough_and_that_is_explained(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm"] * 60})
    tone, _ = scene.read("eval", "--alternative")["alternative"]
    assert tone["winning_rate"] is None
    assert "with one person there are no others" in tone["reason"]
    assert "not computable" in scene.call("eval", "--alternative").stdout


def settle(scene: Scene, answers: Mapping[str, str]) -> None:
    """A second coder settles the queue of tone: an audit or disagreement by its document's name, else as the model."""
    with scene.store() as store:
        cleo = store.coder("cleo", "person").id
        names = {version.id: document.name for document, version in store.current_versions()}
        places = {version.id: place for place, version in enumerate(scene.versions)}
        for item in store.queue_items():
            if item.dimension_id == "tone":
                answer = answers.get(names[item.version_id], "warm")
                row = [None] * places[item.version_id] + [answer]
                (coding,) = scene.codings(cleo, {"tone": row})
                store.add_decision(
                    Decision(item_id=item.id, coder_id=cleo, action="settle", coding_id=coding.id), coding
                )


def audited(scene: Scene) -> list[str]:
    return [row["document"] for row in scene.read("queue") if row["dimension"] == "tone" and row["reason"] == "audit"]


def test_codes_after_adjudication_are_weighted_by_the_audit(scene: Scene) -> None:
    # Gold differs on the first 10; of the 50 agreements some are audited, and one of these turns out wrong.
    scene.gold("ada", {"tone": ["cold"] * 10 + ["warm"] * 50})
    scene.call("queue", "--audit-rate", "0.4")
    checked = audited(scene)
    settle(scene, {checked[0]: "cold"} | {f"d{place}": "cold" for place in range(4)})
    tone, parts = scene.read("eval", "--audit")["audit"]
    found, m = tone["audit"], len(checked)
    assert 10 < m < 30  # about .4 of 50
    assert (found["n"], found["agreements"], found["audited"], found["errors"]) == (60, 50, m, 1)
    # Equal chances: 50/m agreements wrong. The model was right on 6 of 10 disagreements.
    assert found["coder"]["value"] == pytest.approx((50 - 50 / m + 6) / 60)
    # After adjudication 10 settled, and the error found is mended: what stands wrong are the 50/m - 1 not found.
    assert found["resolved"]["value"] == pytest.approx((60 - (50 / m - 1)) / 60)
    assert found["coder"]["low"] < found["coder"]["value"] < found["coder"]["high"]
    assert parts["audit"]["coder"]["reason"] == "undefined: there are no such items"  # nobody coded parts
    assert f"{m} (1)" in scene.call("eval", "--audit").stdout


def test_a_queue_without_an_audit_says_nothing_of_agreements(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["cold"] * 10 + ["warm"] * 50})
    scene.call("queue", "--audit-rate", "0")
    settle(scene, {})
    tone, _ = scene.read("eval", "--audit")["audit"]
    assert tone["audit"]["coder"]["value"] is None
    assert "draw a random audit" in tone["audit"]["coder"]["reason"]
    assert "not estimable: selected items" in scene.call("eval", "--audit").stdout


def test_nothing_settled_yet_says_how_to_begin(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["cold"] * 10 + ["warm"] * 50})
    assert "nobody has coded anything of this a second time" in scene.read("eval", "--audit")["audit"][0]["reason"]
    assert "intercoder adjudicate" in " ".join(scene.call("eval", "--audit").stdout.split())


def test_what_the_second_coder_could_not_decide_is_left_out_and_counted(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["cold"] * 10 + ["warm"] * 50})
    scene.call("queue", "--audit-rate", "0.4")
    settle(scene, {"d0": "undecidable"})
    tone, _ = scene.read("eval", "--audit")["audit"]
    assert (tone["undecided"], tone["audit"]["n"], tone["audit"]["disagreements"]) == (1, 59, 9)


def test_a_raised_audit_rate_holds_for_all_that_it_drew(scene: Scene) -> None:
    # The draw compares one fixed number a cell with the rate, so the cells of .2 are among those of .4.
    scene.gold("ada", {"tone": ["warm"] * 60})
    scene.call("queue", "--audit-rate", "0.2")
    few = len(audited(scene))
    scene.call("queue", "--audit-rate", "0.4")
    checked = audited(scene)
    assert few < len(checked)
    settle(scene, {checked[0]: "cold"})
    tone, _ = scene.read("eval", "--audit")["audit"]
    # With one rate for all, the sample is simple random: 60/m wrong among 60, whichever of them was found.
    assert tone["audit"]["coder"]["value"] == pytest.approx(1 - 1 / len(checked))
    assert AUDIT_SEED == 20210215  # the numbers above depend on it
