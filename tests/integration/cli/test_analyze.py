"""`analyze`: shares and cross-tabs from a sample with known probabilities, and why there are none without."""

from __future__ import annotations

import json
from math import sqrt
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from coder.errors import InputError
from coder.model import Document, Inclusion, Split, Version
from tests.integration.cli.scene import Scene, make_scene

WITH_CONDITION = """\
name: small
version: 1
unit: page
dimensions:
  - {id: tone, kind: nominal, question: How does it sound?, categories: [{id: warm}, {id: cold}]}
  - {id: parts, kind: multilabel, question: What is in it?, applies_if: tone == warm, categories: [{id: x}, {id: y}]}
"""
ODD = ["odd" if number % 2 else "even" for number in range(200)]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """200 documents, of which the model called 120 warm."""
    scene = make_scene(tmp_path / "study", 200, variables={"half": ODD})
    scene.run({"tone": ["warm"] * 120 + ["cold"] * 80, "parts": ["x"] * 100 + ["absent"] * 100})
    return scene


def drawn_places(scene: Scene, name: str = "sample") -> list[int]:
    with scene.store() as store:
        rows = {row.document_id: row for row in store.inclusions(name)}
        return [place for place, one in enumerate(store.documents()) if one.id in rows and rows[one.id].drawn]


def code_sample(scene: Scene, wrong: int = 4, n: int = 50) -> list[int]:
    """Draw and code by hand: of the documents drawn that the model called warm the first `wrong` are cold."""
    scene.read("sample", "--n", str(n))
    places = drawn_places(scene)
    cold = set([place for place in places if place < 120][:wrong]) | set(range(120, 200))
    scene.gold("ada", {"tone": [None if p not in places else "cold" if p in cold else "warm" for p in range(200)]})
    return places


def shares(found: Any, method: str, dimension: int = 0) -> dict[str, Any]:
    return {one["category"]: one for one in found["dimensions"][dimension]["methods"][method]["shares"]}


def test_the_models_shares_are_corrected_by_its_errors_in_the_sample(scene: Scene) -> None:
    places = code_sample(scene)
    found = scene.read("analyze", "tone")
    # The sample is simple random: mean of the pseudo-outcomes = mean f + mean over the sample of (y - f) = .6 - 4/50.
    warm = shares(found, "dsl")["warm"]
    assert shares(found, "naive")["warm"]["value"] == pytest.approx(0.6)
    assert warm["value"] == pytest.approx(0.6 - 4 / 50)
    right = sum(place < 120 for place in places) - 4
    assert shares(found, "human")["warm"]["value"] == pytest.approx(right / 50)
    # yt = f + (N/n)(y - f), for 4 documents 1 - 4; superpopulation: sd(yt) / sqrt(N).
    pseudo = np.array([1.0] * 116 + [1.0 - 4.0] * 4 + [0.0] * 80)
    assert warm["superpopulation"]["se"] == pytest.approx(pseudo.std() / sqrt(200))
    # Finite: N known, so only the errors vary: sqrt((1 - n/N) s^2 / n), s^2 of 4 times -1 and 46 times 0.
    s2 = np.array([-1.0] * 4 + [0.0] * 46).var(ddof=1)
    assert warm["finite"]["se"] == pytest.approx(sqrt((1 - 50 / 200) * s2 / 50))


def test_the_table_shows_the_three_estimates_side_by_side(scene: Scene) -> None:
    code_sample(scene)
    text = scene.call("analyze", "tone").stdout
    (line,) = [line for line in text.split("\n") if line.strip().startswith("warm")]
    assert line.split()[:2] == ["warm", "0.60"]
    assert "0.52" in line
    assert "n 200" in text
    assert "n 50" in text
    assert "an endless stream" in text


def test_finite_population_intervals_are_narrower_and_asked_for(scene: Scene) -> None:
    code_sample(scene)
    warm = shares(scene.read("analyze", "tone"), "dsl")["warm"]
    wide, narrow = (warm[key]["high"] - warm[key]["low"] for key in ("superpopulation", "finite"))
    assert narrow < wide
    printed = [
        next(line for line in scene.call("analyze", "tone", "--population", one).stdout.split("\n") if "warm" in line)
        for one in ("super", "finite")
    ]
    assert f"{warm['superpopulation']['high']:.2f}" in printed[0]
    assert f"{warm['finite']['high']:.2f}" in printed[1]


def test_without_hand_codes_the_models_shares_stand_alone_with_what_to_do(scene: Scene) -> None:
    result = scene.call("analyze")
    assert result.exit_code == 0
    # Cochran: 96.04 / (1 + 95.04 / 200) = 65.1
    assert "not estimable: no document was coded by hand" in result.stdout
    assert "intercoder sample --n 66" in result.stdout
    (tone, _) = scene.read("analyze")["dimensions"]
    assert (tone["model_shares"], tone["methods"]) == ({"warm": 0.6, "cold": 0.4, "absent": 0.0}, {})


def test_hand_codes_without_probabilities_are_refused(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm"] * 60})
    (tone,) = scene.read("analyze", "tone")["dimensions"]
    assert "60 hand-coded documents have no inclusion probability" in tone["reason"]
    assert "intercoder sample" in tone["remedy"]


def test_what_the_queue_selected_is_refused_also_where_a_sample_was_drawn(scene: Scene) -> None:
    code_sample(scene)
    settled = scene.settle("ada", "tone", "warm")
    with scene.store() as store:
        earlier = store.codings(gold_id=store.gold("team:ada").id)
        kept = [coding for coding in earlier if coding.version_id != settled.version_id]
        scene.gold_set(store, "team:ada", [*kept, settled])
    (tone,) = scene.read("analyze", "tone")["dimensions"]
    assert "come from the queue" in tone["reason"]
    (before,) = scene.read("analyze", "tone", "--gold", "team:ada@1")["dimensions"]
    assert before["n"] == 50


def test_a_census_needs_no_sample(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm"] * 100 + ["cold"] * 100})
    found = scene.read("analyze", "tone")
    warm = shares(found, "dsl")["warm"]
    assert found["dimensions"][0]["sample"].startswith("a census")
    assert warm["value"] == pytest.approx(0.5)
    assert warm["finite"]["se"] == pytest.approx(0)


def test_documents_imported_after_the_draw_are_outside(scene: Scene) -> None:
    code_sample(scene)
    late = Document(name="late")
    with scene.store() as store:
        store.add_documents([(late, Version(document_id=late.id, text="x", hash="late"))])
    (tone,) = scene.read("analyze", "tone")["dimensions"]
    assert (tone["population"], tone["outside"]) == (200, 1)
    assert "1 documents are outside what the sample was drawn from" in " ".join(scene.call("analyze").stdout.split())


def test_examples_are_left_out_of_every_share(scene: Scene) -> None:
    with scene.store() as store:
        (first, *_) = store.documents()
        store.add_splits([Split(document_id=first.id, split="examples", cluster="c", scheme="by hand")])
    found = scene.read("analyze", "tone")
    assert found["examples_left_out"] == 1
    assert found["dimensions"][0]["model_shares"]["warm"] == pytest.approx(119 / 199)


def test_what_a_person_could_not_decide_is_left_out_and_counted(scene: Scene) -> None:
    scene.read("sample", "--n", "50")
    places = drawn_places(scene)
    codes = dict.fromkeys(places, "warm") | dict.fromkeys(places[:3], "undecidable")
    scene.gold("ada", {"tone": [codes.get(place) for place in range(200)]})
    (tone,) = scene.read("analyze", "tone")["dimensions"]
    assert (tone["n"], tone["excluded"]) == (47, {"undecidable": 3})


def test_imported_probabilities_of_the_drawn_alone_make_a_sample_too(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm" if p % 4 == 0 else None for p in range(200)]})
    with scene.store() as store:
        rows = [one for place, one in enumerate(store.documents()) if place % 4 == 0]
        store.add_inclusions(Inclusion(sample="theirs", document_id=one.id, probability=0.25) for one in rows)
    (tone,) = scene.read("analyze", "tone")["dimensions"]
    assert (tone["sample"], tone["n"], tone["population"]) == ("sample 'theirs'", 50, 200)


def test_imported_probabilities_of_1_do_not_make_a_few_documents_all_there_are(scene: Scene) -> None:
    scene.gold("ada", {"tone": ["warm"] * 50})
    with scene.store() as store:
        rows = store.documents()[:50]
        store.add_inclusions(Inclusion(sample="theirs", document_id=one.id, probability=1) for one in rows)
    (tone,) = scene.read("analyze", "tone")["dimensions"]
    assert "the stored probabilities stand for 50 documents and there are 200" in tone["reason"]


def test_a_batch_that_was_drawn_whole_is_all_that_is_spoken_of(scene: Scene) -> None:
    scene.read("sample", "--n", "100", "--where", "half=odd")
    scene.gold("ada", {"tone": ["warm" if place % 2 else None for place in range(200)]})
    found = scene.read("analyze", "tone")
    (tone,) = found["dimensions"]
    assert (tone["population"], tone["outside"], tone["n"]) == (100, 100, 100)
    assert shares(found, "dsl")["warm"]["finite"]["se"] == pytest.approx(0)


def test_the_newest_sample_that_was_coded_is_used_unless_one_is_named(scene: Scene) -> None:
    code_sample(scene)
    scene.read("sample", "--n", "40", "--name", "next")
    assert scene.read("analyze", "tone")["dimensions"][0]["sample"] == "sample 'sample'"
    error = scene.call("analyze", "--sample", "other").exception
    assert isinstance(error, InputError)
    assert error.hint == "known: sample, next"


def test_strata_are_weighted_by_their_probabilities(scene: Scene) -> None:
    # 20 of 120 documents called warm and 20 of 80 called cold; all that were drawn of the latter are warm.
    scene.read("sample", "--n", "40", "--stratify", "tone", "--allocation", "equal")
    places = drawn_places(scene)
    assert sum(place < 120 for place in places) == 20
    scene.gold("ada", {"tone": ["warm" if place in places else None for place in range(200)]})
    found = scene.read("analyze", "tone")
    # Weighted by 6 and 4: (20 * 6 + 20 * 4) / 200 = 1 by people; .6 + 20 * 4/200 = 1 corrected.
    assert shares(found, "human")["warm"]["value"] == pytest.approx(1)
    assert shares(found, "dsl")["warm"]["value"] == pytest.approx(1)
    assert found["dimensions"][0]["methods"]["ppi"]["reason"].startswith("not computed: PPI++ needs equal")
    assert "PPI++ needs equal probabilities" in scene.call("analyze", "tone", "--method", "ppi").stdout


def test_clusters_that_were_drawn_whole_count_as_one(tmp_path: Path) -> None:
    sources = [f"s{number // 4}" for number in range(200)]
    scene = make_scene(tmp_path / "study", 200, variables={"source": sources})
    scene.run({"tone": ["warm"] * 200})
    scene.read("sample", "--n", "15", "--cluster", "source")
    places = drawn_places(scene)
    cold = {place for place in places if sources[place] in {sources[place] for place in places[:12]}}
    scene.gold("ada", {"tone": [("cold" if p in cold else "warm") if p in places else None for p in range(200)]})
    found = scene.read("analyze", "tone")
    # 3 of the 15 sources are cold: finite variance of a mean of 15 of 50 cluster means, (1 - 15/50) s^2 / 15.
    s2 = np.array([1.0] * 3 + [0.0] * 12).var(ddof=1)
    warm = shares(found, "dsl")["warm"]
    assert warm["value"] == pytest.approx(0.8)
    assert warm["finite"]["se"] == pytest.approx(sqrt((1 - 15 / 50) * s2 / 15))
    assert found["dimensions"][0]["df"] == 14


def test_labels_have_a_share_each_and_an_empty_set_is_absent(scene: Scene) -> None:
    scene.read("sample", "--n", "50")
    places = drawn_places(scene)
    scene.gold("ada", {"parts": [("x;y" if p < 100 else "absent") if p in places else None for p in range(200)]})
    found = scene.read("analyze", "parts")
    low = sum(place < 100 for place in places)
    labels = shares(found, "dsl")
    # The model never errs on x and absent, and never gives y: y is people's share alone.
    assert [labels[name]["value"] for name in ("x", "absent")] == pytest.approx([0.5, 0.5])
    assert labels["y"]["value"] == pytest.approx(low / 50)


def test_shares_are_among_the_documents_to_which_the_dimension_applies(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 200, book=WITH_CONDITION)
    parts = ["x"] * 60 + ["y"] * 60 + ["not_applicable"] * 80
    scene.run({"tone": ["warm"] * 120 + ["cold"] * 80, "parts": parts})
    scene.read("sample", "--n", "50")
    places = drawn_places(scene)
    scene.gold("ada", {"parts": [parts[place] if place in places else None for place in range(200)]})
    found = scene.read("analyze", "parts")
    assert shares(found, "dsl")["x"]["value"] == pytest.approx(0.5)  # 60 of the 120 to which it applies
    assert found["dimensions"][0]["model_shares"]["x"] == pytest.approx(0.5)
    assert found["dimensions"][0]["not_applicable"] == {"hand": sum(p >= 120 for p in places), "model": 80}


def test_a_variable_splits_the_shares_with_a_test_of_independence(scene: Scene) -> None:
    code_sample(scene, wrong=0, n=120)
    (cross,) = scene.read("analyze", "tone", "--by", "half")["crosses"]
    cells = {(cell["row"], cell["column"]): cell for cell in cross["table"]["cells"]}
    # The model never errs: 60 of 100 documents are warm in either half, and nothing depends on the half.
    assert cells["warm", "even"]["conditional"] == pytest.approx(0.6)
    assert cells["warm", "odd"]["value"] == pytest.approx(0.3)
    assert cross["table"]["naive"]["statistic"] == pytest.approx(0, abs=1e-9)
    text = scene.call("analyze", "tone", "--by", "half").stdout
    assert "tone by half" in text
    assert "Independence, corrected" in text


def test_what_cannot_be_estimated_is_null_in_json(scene: Scene) -> None:
    code_sample(scene)

    def refuse(constant: str) -> float:
        raise AssertionError(constant)

    for arguments in (["tone"], ["tone", "--by", "half"], ["tone", "--by", "half", "--cluster", "half"]):
        json.loads(scene.call("analyze", *arguments, "--json").stdout, parse_constant=refuse)


def test_two_dimensions_are_crossed_label_by_label(scene: Scene) -> None:
    scene.read("sample", "--n", "100")
    places = drawn_places(scene)
    tone, parts = ["warm"] * 120 + ["cold"] * 80, ["x"] * 100 + ["absent"] * 100
    scene.gold("ada", {"tone": [c if p in places else None for p, c in enumerate(tone)],
                       "parts": [c if p in places else None for p, c in enumerate(parts)]})  # fmt: skip
    crosses = scene.read("analyze", "tone", "--cross", "parts")["crosses"]
    assert [cross["column"] for cross in crosses] == ["parts: x", "parts: y", "parts: absent"]
    cells = {(cell["row"], cell["column"]): cell["value"] for cell in crosses[0]["table"]["cells"]}
    # x goes with the first 100 documents, all of them warm; of the rest 20 are.
    assert [cells["warm", "x"], cells["warm", "without"], cells["cold", "without"]] == pytest.approx([0.5, 0.1, 0.4])


def test_a_batch_is_tested_for_drift_and_wants_hand_codes_of_its_own(scene: Scene) -> None:
    found = scene.read("analyze", "tone", "--drift", "half")
    (batch,) = found["drift"]
    codes, *_ = batch["drifts"]
    assert (batch["batch"], batch["size"]) == ("half = odd", 100)
    # 60 of 100 in either half: the same margins.
    assert (codes["distance"], codes["p"]) == (pytest.approx(0), pytest.approx(1))
    assert "no corrected estimate for half = odd: 0 of its 100 documents" in batch["refusal"]
    # Cochran: 96.04 / (1 + 95.04 / 100) = 49.2
    assert "intercoder sample --where 'half=odd' --n 50" in batch["remedy"]


def test_margins_that_moved_are_found_by_chi_square(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 200, variables={"half": ["old"] * 100 + ["new"] * 100})
    scene.run({"tone": (["warm"] * 50 + ["cold"] * 50) + (["warm"] * 70 + ["cold"] * 30)})
    (batch,) = scene.read("analyze", "tone", "--drift", "half")["drift"]
    (codes,) = batch["drifts"]
    # 50/50 against 70/30: expected 60 and 40, X2 = 4 terms of 10^2: 2 * 100/60 + 2 * 100/40 = 8.333, df 1: p = .00389.
    assert codes["distance"] == pytest.approx(0.2)
    assert codes["p"] == pytest.approx(0.003892, abs=1e-5)
    assert "0.004" in scene.call("analyze", "tone", "--drift", "half").stdout


def test_a_drift_test_shows_how_many_documents_it_compares(tmp_path: Path) -> None:
    scene = make_scene(tmp_path / "study", 150, variables={"half": ["old"] * 110 + ["new"] * 40})
    scene.run({"tone": ["warm"] * 75 + ["cold"] * 75})
    shown = scene.call("analyze", "tone", "--drift", "half").stdout
    heading, row = (
        next(line.split() for line in shown.splitlines() if line.startswith(word)) for word in ("dimension", "tone")
    )
    assert "half = old: 110 of 150 documents" in shown
    assert heading[:4] == ["dimension", "n", "n", "others"]
    assert row[:4] == ["tone:", "codes", "110", "40"]


def test_a_batch_with_hand_codes_of_its_own_can_be_corrected(scene: Scene) -> None:
    code_sample(scene, n=120)
    (batch,) = scene.read("analyze", "tone", "--drift", "half")["drift"]
    assert batch["audited"] == sum(place % 2 for place in drawn_places(scene))
    assert batch["refusal"] is None
    assert "corrected shares of the batch are estimable" in " ".join(
        scene.call("analyze", "tone", "--drift", "half").stdout.split()
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("mood",), "mood: no such dimension"),
        (("--cross", "parts", "--by", "half"), "--cross and --by are asked one at a time"),
        (("tone", "--cross", "tone"), "--cross tone: by itself"),
        (("--by", "year"), "no document has the variable 'year'"),
        (("--drift", "year"), "the documents do not differ in it"),
        (("--new-since", "2100-01-01"), "none of the documents"),
        (("--cluster", "year"), "no document has the variable 'year'"),
        (("--by", "half", "--method", "ppi"), "--method ppi goes with shares alone"),
    ],
)
def test_what_cannot_be_analyzed_names_the_option_and_a_remedy(
    scene: Scene, arguments: tuple[str, ...], words: str
) -> None:
    code_sample(scene)
    error = scene.call("analyze", *arguments).exception
    assert isinstance(error, InputError)
    assert words in error.message
    assert error.hint


def test_without_hand_codes_the_models_codes_are_crossed_and_tested(scene: Scene) -> None:
    found = scene.read("analyze", "tone", "--cross", "parts")
    one = found["crosses"][0]  # tone by parts: x; x on the first 100, of which all are warm
    assert one["table"] is None
    model = one["model"]
    # warm: 100 with x and 20 without; cold: none with x and 80 without. chi2 = 200 (100 * 80 - 0)^2 / (120 * 80 * 100 * 100).
    assert model["counts"][0][:2] == [100, 20]
    assert model["association"]["test"] == "chi_square"
    assert model["association"]["statistic"] == pytest.approx(200 * 8000**2 / (120 * 80 * 100 * 100))
    assert model["association"]["cramers_v"] == pytest.approx(sqrt(model["association"]["statistic"] / 200))
    text = scene.call("analyze", "tone", "--by", "half").stdout
    assert "Cramér's V" in text
    assert "Corrected cells are not estimable" in text


def test_labels_that_come_together_are_counted(scene: Scene) -> None:
    scene.run({"parts": ["x;y"] * 30 + ["x"] * 70 + ["absent"] * 100})
    (found,) = scene.read("analyze", "--together")["together"]
    assert (found["labels"], found["counts"], found["n"]) == (["x", "y"], [[100, 30], [30, 30]], 200)
    assert "30 (30%)" in scene.call("analyze", "--together").stdout
    assert isinstance(scene.call("analyze", "tone", "--together").exception, InputError)


def test_bars_are_as_long_as_their_shares(scene: Scene) -> None:
    text = scene.call("analyze", "tone", "--plot").stdout
    bars = {line.split()[0]: line.count("█") for line in text.splitlines() if "█" in line}
    # 44 columns are left of 80: .6 and .4 of them, in whole blocks.
    assert bars == {"warm": 26, "cold": 17}
