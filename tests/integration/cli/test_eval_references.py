"""What `eval` holds a run against: sets, people and rules, and what it refuses to compute."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import GateError, InputError
from tests.integration.cli.scene import Scene, make_scene

WARM = ["warm"] * 30 + ["cold"] * 30
"""60 texts, half of each."""


def swapped(answers: list[str], *places: int) -> list[str]:
    other = {"warm": "cold", "cold": "warm"}
    return [other[answer] if place in places else answer for place, answer in enumerate(answers)]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Three people on 60 texts: ada errs never, ben on two, cas on three and on one of ben's."""
    scene = make_scene(tmp_path / "study", 60)
    scene.gold("ada", {"tone": WARM})
    scene.gold("ben", {"tone": swapped(WARM, 0, 1)})
    scene.gold("cas", {"tone": swapped(WARM, 1, 2, 3)})
    scene.run({"tone": swapped(WARM, 0, 40, 41, 42)})
    return scene


def tone(found: dict) -> dict:
    return next(one for one in found["dimensions"] if one["dimension"] == "tone")


def test_the_newest_set_is_the_default_whatever_it_is_called(scene: Scene) -> None:
    assert scene.read("eval")["gold"]["name"] == "team:cas"
    scene.gold("ada", {"tone": WARM}, name="a first set")
    assert scene.read("eval")["gold"]["name"] == "a first set"


def test_a_majority_makes_one_reference_of_three_people(scene: Scene) -> None:
    # of text 1 two of three say cold: with the majority the model differs there too, on 5 of 60
    found = scene.read("eval", "--gold", "majority")
    assert found["gold"] | {"rule": ""} == {
        "name": "majority", "version": None, "coder_kind": "person", "rule": "", "min_coders": 2,
        "coders": ["ada", "ben", "cas"], "left_out": {},
    }  # fmt: skip
    assert tone(found)["n"] == 60
    assert tone(found)["percent_agreement"] == pytest.approx(55 / 60)


def test_a_consensus_leaves_out_and_counts_what_people_differ_on(scene: Scene) -> None:
    found = scene.read("eval", "--gold", "consensus")
    assert tone(found)["n"] == 56
    assert tone(found)["excluded"]["disagreement"] == 4
    assert tone(found)["excluded"]["no_reference"] == 0
    shown = scene.call("eval", "--gold", "consensus").stdout
    assert "agreement on all of them would be lower" in " ".join(shown.split())
    assert "in all 4 disagreement" in " ".join(shown.split())


def test_too_few_coders_make_no_gold(scene: Scene) -> None:
    scene.gold("dan", {"tone": WARM[:20]})
    found = scene.read("eval", "--gold", "majority", "--min-coders", "4")
    assert tone(found)["n"] + sum(tone(found)["excluded"].values()) == 60
    assert tone(found)["excluded"]["too_few_coders"] == 40
    with pytest.raises(InputError, match="4 people coded with this codebook, the rule asks for 5"):
        raise scene.call("eval", "--gold", "majority", "--min-coders", "5").exception


def test_a_person_is_gold_by_name(scene: Scene) -> None:
    found = scene.read("eval", "--gold", "ben")
    assert (found["gold"]["name"], found["gold"]["coders"]) == ("ben", ["ben"])
    assert tone(found)["percent_agreement"] == pytest.approx(56 / 60)  # text 0 is wrong in both; 1, 40, 41, 42 differ


def test_an_unknown_name_lists_what_there_is(scene: Scene) -> None:
    error = scene.call("eval", "--gold", "nobody").exception
    assert isinstance(error, InputError)
    assert "team:ada, team:ben, team:cas" in error.hint


def test_a_minimum_of_coders_goes_with_a_rule_only(scene: Scene) -> None:
    error = scene.call("eval", "--gold", "ada", "--min-coders", "2").exception
    assert isinstance(error, InputError)
    assert "--gold majority" in error.hint


def test_each_person_and_the_ceiling_stand_beside_it(scene: Scene) -> None:
    (found, *_) = scene.read("eval", "--gold", "majority")["people"]
    assert [pair["coders"] for pair in found["pairs"] if pair["kind"] == "model"] == [
        ["ada", "model"], ["ben", "model"], ["cas", "model"],
    ]  # fmt: skip
    # with margins this near a half, kappa is close to 2 po - 1: 58, 57 and 57 of 60 agree in the three pairs
    between = [pair["value"] for pair in found["pairs"] if pair["kind"] == "people"]
    assert between == pytest.approx([0.933, 0.9, 0.9], abs=0.01)
    assert found["ceiling"] == pytest.approx(sum(between) / 3)
    shown = scene.call("eval", "--gold", "majority", "--people").stdout
    assert "model – ben" in shown
    assert "all 3 people" in shown


def test_the_ceiling_rests_on_the_items_of_the_gold(scene: Scene) -> None:
    scene.gold("ada", {"tone": [None] * 10 + WARM[10:]}, name="the later texts")
    (found, *_) = scene.read("eval", "--gold", "the later texts")["people"]
    # ben and cas err on texts 0 to 3 only: on the 50 others everybody agrees
    assert (found["ceiling"], found["no_ceiling"]) == (1.0, None)
    (whole, *_) = scene.read("eval", "--gold", "cas")["people"]
    assert whole["ceiling"] < 1


@pytest.mark.parametrize("rule", ["consensus", "majority"])
def test_gold_by_agreement_of_two_people_has_no_ceiling(tmp_path: Path, rule: str) -> None:
    scene = make_scene(tmp_path / "study", 60)
    scene.gold("ada", {"tone": WARM})
    scene.gold("ben", {"tone": swapped(WARM, 0, 1)})
    scene.run({"tone": WARM})
    evaluation = scene.read("eval", "--gold", rule)
    (found, *_) = evaluation["people"]
    assert (tone(evaluation)["n"], found["ceiling"]) == (58, None)
    assert "1 by construction" in found["no_ceiling"]
    # on all 60 items that the model coded, the two are held against each other
    (between,) = [pair for pair in found["pairs"] if pair["kind"] == "people"]
    assert between["n"] == 60
    assert between["value"] < 1
    shown = " ".join(scene.call("eval", "--gold", rule).stdout.split())
    assert "people: no ceiling" in shown
    assert "1 by construction" in shown


def test_people_who_code_a_few_texts_each_are_not_pooled_into_one_coder(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 60)
    for worker in range(6):
        mine = [None] * (10 * worker) + WARM[10 * worker : 10 * worker + 10]
        scene.gold(f"worker{worker}", {"tone": mine})
    scene.run({"tone": WARM})
    (found, *_) = scene.read("eval")["people"]
    assert (found["pairs"], found["ceiling"], found["not_pooled"]) == ([], None, 6)
    assert "6 other people" in scene.call("eval", "--people").stdout


def test_a_set_of_several_peoples_codings_is_no_coder(scene: Scene) -> None:
    with scene.store() as store:
        (ada,) = (coder for coder in store.coders() if coder.name == "ada")
        (ben,) = (coder for coder in store.coders() if coder.name == "ben")
        mixed = [*store.codings(coder_id=ada.id)[:30], *store.codings(coder_id=ben.id)[30:]]
        scene.gold_set(store, "pooled", mixed)
    result = tone(scene.read("eval", "--gold", "pooled"))
    assert (result["value"], result["percent_agreement"], result["n"]) == (None, None, 60)
    assert "a pool of people is no coder" in result["reason"]


def test_nothing_is_computed_on_items_that_the_queue_selected(scene: Scene) -> None:
    settled = scene.settle("dan", "tone", "cold")
    with scene.store() as store:
        gold = store.codings(gold_id=store.gold("team:ada").id)
        scene.gold_set(store, "team:ada", [settled, *gold[1:]])
    result = tone(scene.read("eval", "--gold", "team:ada"))
    assert result["value"] is None
    assert result["reason"].startswith("not estimable: selected items")
    assert result["verdict"] is None
    gated = scene.call("eval", "--gold", "team:ada", "--min-kappa", "0.1").exception
    assert isinstance(gated, GateError)
    earlier = tone(scene.read("eval", "--gold", "team:ada@1"))
    assert earlier["n"] == 60
    assert earlier["value"] is not None


def test_a_settled_code_is_no_vote(scene: Scene) -> None:
    settled = scene.settle("dan", "tone", "cold")
    with scene.store() as store:
        scene.gold_set(store, "team:dan", [settled])
    assert scene.read("eval", "--gold", "majority")["gold"]["coders"] == ["ada", "ben", "cas"]


def test_repeated_runs_show_how_far_the_model_agrees_with_itself(scene: Scene) -> None:
    assert isinstance(scene.call("eval", "--stability").exception, InputError)
    scene.run({"tone": swapped(WARM, 5)}, {"tone": WARM}, samples=2, seed=7)
    scene.run({"tone": ["cold"] * 60}, temperature=1.0)  # another configuration: no repeat
    newest = scene.read("runs")[1]["id"]
    (found, *_) = scene.read("eval", "--run", newest, "--stability")["stability"]
    assert (found["coders"], found["n"], found["gaps"], found["distance"]) == (3, 60, 0, "nominal")
    # disagreeing pairs of three: texts 0, 5, 40, 41, 42 with 2 of 3 each, 10 of 180 = 1/18; about a half by chance
    assert found["value"] == pytest.approx(1 - 2 / 18, abs=0.01)
    assert "agrees with itself" in scene.call("eval", "--run", newest, "--stability").stdout


def test_two_runs_are_compared_on_the_same_items(scene: Scene) -> None:
    (first,) = scene.read("runs")
    better = scene.run({"tone": [*swapped(WARM, 40)[:-2], None, None]})
    found = scene.read("eval", "--compare", better.id, first["id"], "--gold", "ada")
    assert (found["run"], found["compared_with"]) == (better.id, first["id"])
    (one, parts) = found["comparison"]
    assert (one["n"], one["reason"]) == (58, None)
    # 57 and 54 of 58 agree, about a half by chance
    assert (one["first"], one["second"]) == pytest.approx((56 / 58, 50 / 58), abs=0.005)
    assert one["difference"] == pytest.approx(one["first"] - one["second"])
    assert one["low"] < one["difference"] < one["high"]
    assert one["p_holm"] == one["p"]  # the only dimension with a test
    assert parts["p"] is None
    assert parts["reason"]
    shown = scene.call("eval", "--compare", better.id, first["id"], "--gold", "ada").stdout
    assert "(Holm)" in shown


def test_a_run_is_not_compared_with_itself(scene: Scene) -> None:
    (run,) = scene.read("runs")
    assert isinstance(scene.call("eval", "--compare", run["id"], run["id"]).exception, InputError)
    assert isinstance(scene.call("eval", "--compare", run["id"], run["id"], "--run", run["id"]).exception, InputError)


def test_the_details_hold_what_stands_beside_a_coefficient(scene: Scene) -> None:
    text = " ".join(scene.call("eval", "--gold", "ada", "--details").stdout.split())
    # 56 of 60 agree on three categories: PABAK (3 * 56 / 60 - 1) / 2 = 0.90
    for words in ("(BCa)", "(analytic, standard error", "PABAK 0.90", "Gwet's AC", "kappa max", "Stuart-Maxwell"):
        assert words in text


def test_documents_of_one_source_are_resampled_together(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 120, variables={"source": [f"s{k // 4}" for k in range(118)] + ["", ""]})
    gold, parts = ["warm", "cold"] * 60, ["x", "x;y", "y", "absent"] * 30
    scene.gold("ada", {"tone": gold, "parts": parts})
    scene.run({"tone": [*gold[:96], *["warm"] * 24], "parts": [*parts[:96], *["x"] * 24]})
    plain, found = scene.read("eval"), scene.read("eval", "--cluster", "source")
    assert plain["intervals"] | {"seed": 0} == {
        "method": "bca", "resampled": "documents", "cluster": None, "without_value": 0, "replicates": 10_000, "seed": 0,
    }  # fmt: skip
    assert found["intervals"]["resampled"] == "clusters"
    assert (found["intervals"]["cluster"], found["intervals"]["without_value"]) == ("source", 2)
    # 30 sources, of which the last keeps two documents and two others stand alone
    assert [one["clusters"] for one in found["dimensions"]] == [32, 32]
    assert tone(plain)["clusters"] is None
    assert tone(found)["value"] == tone(plain)["value"]
    # the errors lie in six sources: the interval by source is the wider one
    assert tone(found)["high"] - tone(found)["low"] > 1.2 * (tone(plain)["high"] - tone(plain)["low"])
    shown = " ".join(scene.call("eval", "--cluster", "source", "--details").stdout.split())
    assert "resampling 32 clusters of documents with the same 'source'" in shown
    assert "2 documents have no such variable" in shown
    assert "(BCa, 32 clusters)" in shown
    assert "Jaccard alpha" in shown
    assert "Scott's pi" in shown


def test_few_sources_carry_no_interval_and_fail_the_gate(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 60, variables={"source": [f"s{k % 5}" for k in range(60)]})
    scene.gold("ada", {"tone": WARM})
    scene.run({"tone": swapped(WARM, 0, 40)})
    found = tone(scene.read("eval", "--cluster", "source"))
    assert (found["low"], found["reason"]) == (None, "no interval: 5 clusters, fewer than 20")
    assert isinstance(scene.call("eval", "--cluster", "source", "--min-kappa", "0.1").exception, GateError)
    assert "5 clusters, fewer than 20" in " ".join(scene.call("eval", "--cluster", "source").stdout.split())


def test_an_unknown_variable_lists_what_there_is(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 60, variables={"source": ["s"] * 60})
    scene.gold("ada", {"tone": WARM})
    scene.run({"tone": WARM})
    error = scene.call("eval", "--cluster", "sauce").exception
    assert isinstance(error, InputError)
    assert error.hint == "there are: source"


def test_two_runs_are_compared_by_source(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 120, variables={"source": [f"s{k // 4}" for k in range(120)]})
    gold = ["warm", "cold"] * 60
    scene.gold("ada", {"tone": gold})
    one, other = scene.run({"tone": swapped(gold, 0, 9, 50)}), scene.run({"tone": swapped(gold, *range(0, 24))})
    (found, _) = scene.read("eval", "--compare", one.id, other.id, "--cluster", "source")["comparison"]
    (plain, _) = scene.read("eval", "--compare", one.id, other.id)["comparison"]
    assert (found["clusters"], plain["clusters"]) == (30, None)
    assert found["difference"] == plain["difference"]
    assert found["high"] - found["low"] > plain["high"] - plain["low"]
    shown = scene.call("eval", "--compare", one.id, other.id, "--cluster", "source").stdout
    assert "resampling 30 clusters" in " ".join(shown.split())


def test_people_taken_in_under_one_name_are_still_people(tmp_path: Path) -> None:
    # what `gold import` does without --name: each person's table is a later version of the same set
    scene = make_scene(tmp_path / "study", 60)
    for name, answers in (("ada", WARM), ("ben", swapped(WARM, 0, 1)), ("cas", swapped(WARM, 1, 2, 3))):
        scene.gold(name, {"tone": answers}, name="gold")
    scene.gold("ada", {"tone": swapped(WARM, 59)}, name="gold")  # ada codes again: the newer table is hers
    scene.run({"tone": swapped(WARM, 0, 40, 41, 42)})
    found = scene.read("eval", "--gold", "majority")
    assert found["gold"]["coders"] == ["ada", "ben", "cas"]
    assert tone(found)["percent_agreement"] == pytest.approx(55 / 60)  # as with three sets
    ada = scene.read("eval", "--gold", "ada")
    assert tone(ada)["percent_agreement"] == pytest.approx(55 / 60)  # 0, 40, 41, 42 and 59
