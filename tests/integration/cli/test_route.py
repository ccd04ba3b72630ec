"""`route`: which codes may stand, with which guarantee, and how many more to code where the evidence is thin."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coder.errors import InputError
from coder.model import Decision, Split
from tests.integration.cli.scene import Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """300 documents: 200 codes with confidence .9, the other 100 with .6."""
    scene = make_scene(tmp_path / "study", 300)
    scene.run({"tone": ["warm@0.9", "warm@0.9", "warm@0.6"] * 100, "parts": ["x"] * 300})
    return scene


def hand(scene: Scene, n: int, wrong: int = 0) -> None:
    """Code the first `n` by hand: every code of low confidence is wrong, and `wrong` of the confident ones."""
    confident = [place for place in range(n) if place % 3 < 2]
    cold = set(confident[:wrong]) | {place for place in range(n) if place % 3 == 2}
    scene.gold("ada", {"tone": ["cold" if place in cold else "warm" for place in range(n)]})


def test_the_threshold_lets_confident_codes_stand(scene: Scene) -> None:
    hand(scene, 150)
    (tone,) = scene.read("route", "tone")["dimensions"]
    # 100 of 150 hand-coded documents have .9, all right: P(Bin(100, .05) <= 0) = .0059 <= .1. The 50 at .6 are all
    # wrong, so testing stops above them; the loosest threshold on the way is .61.
    assert tone["threshold"] == pytest.approx(0.61)
    assert (tone["n"], tone["accepted"], tone["wrong"]) == (150, 100, 0)
    assert (tone["waiting"], tone["standing"]) == (150, 100)
    text = scene.call("route", "tone").stdout
    assert "100 (67%)" in text
    assert "With probability 90% or more" in text


def test_too_few_hand_codes_give_no_threshold_and_say_how_many_more(scene: Scene) -> None:
    scene.run({"tone": ["warm@0.9"] * 300})
    scene.gold("ada", {"tone": ["warm"] * 40})
    (tone,) = scene.read("route", "tone")["dimensions"]
    # 40 confident codes, all right, and testing begins at 60.
    assert tone["threshold"] is None
    assert "code 20 more documents" in tone["reason"]
    assert "code 20 more documents" in " ".join(scene.call("route", "tone").stdout.split())


def test_it_says_where_a_run_has_fewer_documents_than_would_be_needed(scene: Scene) -> None:
    scene.run({"tone": ["warm@0.9"] * 55})
    scene.gold("ada", {"tone": ["warm"] * 40})
    (tone,) = scene.read("route", "tone")["dimensions"]
    # 20 more are needed, and 15 are left
    assert tone["reason"].endswith("code 20 more documents; the run has only 15 without hand codes")


def test_more_documents_are_asked_for_where_only_the_most_confident_codes_are_good(scene: Scene) -> None:
    hand(scene, 60)
    (tone,) = scene.read("route", "tone")["dimensions"]
    # With 60 documents testing begins with all of them, 20 wrong. With 90 it would begin at .9: 40 of 60 reach that,
    # all right, and 60 of 90 are enough.
    assert "of the 40 most confident codes 0 are wrong" in tone["reason"]
    assert "code 30 more documents" in tone["reason"]


def test_a_model_that_errs_as_often_when_sure_lets_nothing_stand(scene: Scene) -> None:
    hand(scene, 150, wrong=10)
    (tone,) = scene.read("route", "tone")["dimensions"]
    assert tone["threshold"] is None
    assert "no better than the target allows" in tone["reason"]
    # 10 wrong of 100 is enough for 80%: P(Bin(100, .2) <= 10) = .0057
    assert scene.read("route", "tone", "--target", "0.8")["dimensions"][0]["accepted"] == 100


def test_codes_without_confidence_say_how_to_get_one(scene: Scene) -> None:
    scene.gold("ada", {"parts": ["x"] * 100})
    (parts,) = scene.read("route", "parts")["dimensions"]
    assert (parts["threshold"], parts["missing"]) == (None, 100)
    assert "intercoder code --confidence" in parts["reason"]


def test_only_the_calibration_split_sets_thresholds_where_there_is_one(scene: Scene) -> None:
    hand(scene, 300)
    with scene.store() as store:
        for place, document in enumerate(store.documents()):
            split = "examples" if place < 3 else "calibration" if place < 123 else "test"
            store.add_splits([Split(document_id=document.id, split=split, cluster=document.id, scheme="s")])
    found = scene.read("route", "tone")
    assert found["calibration_split"] == "calibration"
    assert found["dimensions"][0]["n"] == 120


def test_examples_set_no_threshold_without_a_calibration_split_either(scene: Scene) -> None:
    hand(scene, 150)
    with scene.store() as store:
        (first, *_) = store.documents()
        store.add_splits([Split(document_id=first.id, split="examples", cluster="c", scheme="by hand")])
    assert scene.read("route", "tone")["dimensions"][0]["n"] == 149


def test_the_false_discovery_rate_is_held_over_items(scene: Scene) -> None:
    hand(scene, 150)
    found = scene.read("route", "--method", "fdr")
    tone, parts = found["dimensions"]
    # A waiting code at .9 has p = (1 + 0)/151 = .0066 and one at .6 51/151; Benjamini-Hochberg at .05 over 150: the
    # 100th smallest may be up to .0333.
    assert (tone["threshold"], tone["standing"]) == (0.9, 100)
    assert parts["threshold"] is None
    assert "expected share of wrong codes among the accepted" in found["guarantee"]


def test_the_joint_loss_counts_wrong_codes_among_all_documents(scene: Scene) -> None:
    hand(scene, 150, wrong=5)
    (tone,) = scene.read("route", "tone", "--method", "joint")["dimensions"]
    # floor(.05 * 151 - 1) = 6 wrong codes may be accepted; 5 have .9 and the next 50 have .6.
    assert (tone["threshold"], tone["accepted"], tone["wrong"]) == (0.9, 100, 5)


def test_unequal_probabilities_break_the_guarantee_and_that_is_said(scene: Scene) -> None:
    scene.run({"tone": ["warm@0.9"] * 250 + ["cold@0.9"] * 50})
    scene.read("sample", "--n", "100", "--stratify", "tone", "--allocation", "equal")
    scene.gold("ada", {"tone": ["warm"] * 250 + ["cold"] * 50})
    (warning,) = scene.read("route", "tone")["warnings"]
    assert "different probabilities" in warning
    assert "Warning: the hand-coded documents" in scene.call("route", "tone").stdout


def test_what_the_queue_selected_teaches_no_threshold(scene: Scene) -> None:
    hand(scene, 150)
    settled = scene.settle("ada", "tone", "warm")
    with scene.store() as store:
        earlier = store.codings(gold_id=store.gold("team:ada").id)
        scene.gold_set(store, "team:ada", [*(c for c in earlier if c.version_id != settled.version_id), settled])
    (tone,) = scene.read("route", "tone")["dimensions"]
    assert tone["threshold"] is None
    assert "selected items" in tone["reason"]


def test_nothing_is_changed_in_the_store(scene: Scene) -> None:
    hand(scene, 150)
    before = (scene.folder / "intercoder.db").read_bytes()
    scene.call("route")
    assert (scene.folder / "intercoder.db").read_bytes() == before


def test_without_gold_it_says_how_to_get_some(scene: Scene) -> None:
    error = scene.call("route").exception
    assert isinstance(error, InputError)
    assert "gold import" in error.hint


def handed(scene: Scene, *options: str) -> str:
    """The thresholds in a file, as `route --json > FILE` writes them."""
    path = scene.folder / "thresholds.json"
    path.write_text(scene.call("route", "tone", *options, "--json").stdout, encoding="utf-8")
    return str(path)


def test_the_queue_takes_the_thresholds_with_what_they_promise(scene: Scene) -> None:
    hand(scene, 150)
    rows = scene.read("queue", "--route", handed(scene), "--audit-rate", "0.2")
    waiting = [row for row in rows if row["reason"] == "not_accepted"]
    # of the 150 documents without a hand code every third has .6, below .61
    assert len(waiting) == 50
    assert {row["dimension"] for row in waiting} == {"tone"}
    assert "confidence 0.6, 0.61 needed (route, method ltt, target 0.95, delta 0.1)" in waiting[0]["detail"]
    audit = [row for row in rows if row["reason"] == "audit" and "0.61 reached" in row["detail"]]
    assert 5 < len(audit) < 40  # of 100 accepted codes, each with probability .2
    assert {row["probability"] for row in audit} == {0.2}
    shown = " ".join(scene.call("queue", "--route", handed(scene), "--audit-rate", "0.2").stdout.split())
    assert "Guarantee: With probability 90% or more over the draw" in shown
    assert "tone: codes with a confidence of 0.61 or more stand (100), 50 go to a person" in shown


def test_the_promise_goes_to_standard_error_beside_json(scene: Scene) -> None:
    hand(scene, 150)
    result = scene.call("queue", "--route", handed(scene), "--json")
    assert "Guarantee: With probability" in result.stderr
    assert isinstance(json.loads(result.stdout), list)


def test_without_a_threshold_every_code_goes_to_a_person(scene: Scene) -> None:
    hand(scene, 40)
    result = scene.call("queue", "--route", handed(scene), "--json")
    assert sum(row["reason"] == "not_accepted" for row in json.loads(result.stdout)) == 260
    assert "None: every code goes to a person." in result.stderr
    assert "tone: no code stands, 260 go to a person" in result.stderr


def test_the_audit_of_what_stands_says_how_often_it_was_right(scene: Scene) -> None:
    hand(scene, 150)
    path = handed(scene)
    rows = scene.read("queue", "--route", path, "--audit-rate", "0.2")
    assert "none settled yet" in " ".join(scene.call("queue", "--route", path, "--audit-rate", "0.2").stdout.split())
    drawn = [row["id"] for row in rows if row["reason"] == "audit" and "reached" in row["detail"]]
    with scene.store() as store:
        person = store.coder("ben", "person").id
        place = {version.id: number for number, version in enumerate(scene.versions)}
        for number, item in enumerate(one for one in store.queue_items() if one.id in drawn):
            answer = "undecidable" if number == 0 else "cold" if number == 1 else "warm"
            given = [None] * place[item.version_id] + [answer]
            (coding,) = scene.codings(person, {"tone": given})
            store.add_decision(Decision(item_id=item.id, coder_id=person, action="settle", coding_id=coding.id), coding)
    shown = " ".join(scene.call("queue", "--route", path, "--audit-rate", "0.2").stdout.split())
    # one could not be decided, and one of the rest is wrong
    decided = len(drawn) - 1
    assert f"audit of those that stand: {decided - 1} of {decided} settled as the model had it, " in shown


def test_codes_drawn_into_an_audit_before_are_told_apart(scene: Scene) -> None:
    hand(scene, 150)
    scene.call("queue", "--audit-rate", "1")
    result = scene.call("queue", "--route", handed(scene), "--json")
    assert "50 that go to a person were drawn into the audit earlier" in result.stderr


def test_accepted_codes_are_never_without_an_audit(scene: Scene) -> None:
    hand(scene, 150)
    for options in (("--audit-rate", "0"), ("--min-confidence", "0.5")):
        assert isinstance(scene.call("queue", "--route", handed(scene), *options).exception, InputError)
    with scene.store() as store:
        assert store.queue_items() == []


def test_thresholds_are_those_of_one_run(scene: Scene) -> None:
    hand(scene, 150)
    path = handed(scene)
    other = scene.run({"tone": ["warm@0.9"] * 300})
    error = scene.call("queue", "--route", path, "--run", other.id).exception
    assert isinstance(error, InputError)
    assert "not of" in error.message
    assert scene.read("queue", "--route", path)  # without --run, the run of the thresholds


def test_thresholds_of_the_false_discovery_rate_hold_for_their_batch_alone(scene: Scene) -> None:
    hand(scene, 150)
    path = handed(scene, "--method", "fdr")
    assert any(row["reason"] == "not_accepted" for row in scene.read("queue", "--route", path))
    hand(scene, 151)
    error = scene.call("queue", "--route", path).exception
    assert isinstance(error, InputError)
    assert "149 codes without a hand code, but the thresholds were chosen for 150" in error.message


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"run": 1}', "confidence,0.8"])
def test_another_file_is_no_thresholds(scene: Scene, text: str) -> None:
    path = scene.folder / "other.json"
    path.write_text(text, encoding="utf-8")
    error = scene.call("queue", "--route", str(path)).exception
    assert isinstance(error, InputError)
    assert "route --json > FILE" in error.hint
    assert isinstance(scene.call("queue", "--route", str(scene.folder / "none.json")).exception, InputError)


def test_a_warning_of_the_thresholds_goes_with_them(scene: Scene) -> None:
    hand(scene, 150)
    path = Path(handed(scene))
    given = json.loads(path.read_text(encoding="utf-8")) | {"warnings": ["drawn with different probabilities"]}
    path.write_text(json.dumps(given), encoding="utf-16")  # as some shells write what is redirected
    assert "Warning: drawn with different probabilities." in scene.call("queue", "--route", str(path)).stdout
