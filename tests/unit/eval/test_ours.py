"""Our variants: what each says to the model, and that its answer comes back as codings of the codebook itself."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from coder.codebook import parse_codebook
from coder.model import CodeProbability, Status
from coder.prompting import build_prompts
from coder.run.prior import MIN_TEXTS
from eval import rewrite
from eval.answers import AnswerLine
from eval.coders import CODERS, PEERS, get_coder
from eval.datasets import SHIPPED, DataSet, load
from eval.ours import VARIANTS, Ours, nearest
from tests.unit.eval.scene import AREAS, benchmark, headlines

TOPICS = """\
name: pages
version: 1
unit: page
dimensions:
  - {id: price, kind: quantity, question: Price?, instructions: Read on., unit: EUR, absent: {}, bins: [{id: low, label: Cheap, to: 9}, {id: high, label: Dear, from: 9}]}
  - {id: topics, kind: multilabel, question: Topics?, absent: {}, categories: [{id: x}, {id: y}]}
"""


AMOUNT = '{"price":[{"evidence":[1],"low":5,"high":null,"unit":"EUR","count":1,"qualifier":"standard"}]}'


@pytest.fixture
def data(tmp_path: Path) -> DataSet:
    return load(headlines(tmp_path / "set", "bg" * 4))


@pytest.fixture
def pages(tmp_path: Path) -> DataSet:
    return load(
        benchmark(
            tmp_path / "pages",
            codebook=TOPICS,
            items=[("p", "It costs 5. It is about x.")],
            gold=[("p", "price", "low"), ("p", "topics", "x")],
        )
    )


def codes(data: DataSet, coder: str, *lines: tuple[str, str]) -> dict[str, tuple[Status, tuple[str, ...], int]]:
    """Status, codes and number of cited spans by dimension, of the first item with these answers (part, raw)."""
    item = data.items[0]
    answers = [AnswerLine(item=item.name, part=part, raw=raw) for part, raw in lines]
    return {
        coding.dimension_id: (coding.status, coding.codes, len(coding.all_evidence))
        for coding in get_coder(coder).read(data, [item], answers)
    }


def test_every_variant_is_in_the_register_under_its_own_name() -> None:
    assert {name for name in CODERS if name not in PEERS} == set(VARIANTS)
    assert all(get_coder(name).name == name for name in VARIANTS)


def test_no_two_variants_that_differ_in_what_they_say_share_a_prompt() -> None:
    said = {name for name, variant in VARIANTS.items() if not variant.examples and not name.startswith("screen")}
    shipped = load(SHIPPED)
    hashes = {
        name: Ours(name).prompt_hash(shipped) for name in said - {"each-prior"}
    }  # which says what `each` says; those that screen ask criteria alone
    assert len(set(hashes.values())) == len(hashes)
    assert Ours("each-prior").prompt_hash(shipped) == hashes["each"]


def test_sentences_before_or_after_the_code_or_none_read_as_the_same_code(data: DataSet) -> None:
    assert codes(data, "each", ("tone", '{"tone":{"evidence":[1],"code":"bad"}}')) == {
        "tone": (Status.CODED, ("bad",), 1)
    }
    assert codes(data, "each-after", ("tone", '{"tone":{"code":"bad","evidence":[1]}}')) == {
        "tone": (Status.CODED, ("bad",), 1)
    }
    assert codes(data, "each-none", ("tone", '{"tone":{"code":"bad"}}')) == {"tone": (Status.CODED, ("bad",), 0)}


def test_a_reason_is_read_over(data: DataSet) -> None:
    raw = '{"tone":{"reason":"firms close","evidence":[1],"code":"bad"}}'
    assert codes(data, "each-reason", ("tone", raw)) == {"tone": (Status.CODED, ("bad",), 1)}


def test_a_reason_stands_first_in_what_is_said_and_in_the_schema(data: DataSet) -> None:
    prompt = rewrite.reasoned(build_prompts(data.codebook, "object", calls="each")[0])
    node = prompt.schema["properties"]["tone"]
    assert list(node["properties"]) == node["required"] == ["reason", "evidence", "code"]
    places = [prompt.after.index(f'"{name}"') for name in node["required"]]
    assert places == sorted(places)


def test_the_nearest_examples_share_words_with_the_text_and_the_likest_comes_last(tmp_path: Path) -> None:
    texts = ["banks lend money", "rain and wind", "banks close again", "banks lend money to firms"]
    items = [(f"i{number}", text) for number, text in enumerate(texts)]
    many = load(benchmark(tmp_path / "like", codebook=AREAS, items=items, gold=[("i0", "area", "economic")]))
    *pool, wanted = many.items
    (found,) = nearest([wanted], pool, 2)
    assert [item.name for item in found] == ["i2", "i0"]


def test_an_answer_that_was_cut_off_is_invalid_and_a_missing_one_failed(data: DataSet) -> None:
    assert codes(data, "each-after", ("tone", '{"tone":["ba'))["tone"][0] is Status.INVALID
    assert codes(data, "each")["tone"][0] is Status.FAILED


def test_categories_turned_round_keep_their_meaning(data: DataSet) -> None:
    assert codes(data, "each-reversed", ("tone", '{"tone":{"evidence":[1],"code":"good"}}'))["tone"][1] == ("good",)
    shown = rewrite.turned_round(data.codebook)
    assert [category.id for category in shown.dimensions[0].codes] == ["good", "bad"]


def test_a_chosen_bin_and_an_extracted_amount_are_codes_of_the_same_dimension(pages: DataSet) -> None:
    topics = ("topics", '{"topics":[{"evidence":[2],"code":"x"}]}')
    extracted = codes(pages, "each", ("price", AMOUNT), topics)
    chosen = codes(pages, "each-choose", ("price", '{"price":{"evidence":[1],"code":"low"}}'), topics)
    assert extracted == chosen == {"price": (Status.CODED, ("low",), 1), "topics": (Status.CODED, ("x",), 1)}


def test_yes_and_no_to_each_label_make_the_set(pages: DataSet) -> None:
    price = ("price", '{"price":[]}')
    yes, no = {"evidence": [2], "code": "yes"}, {"evidence": [], "code": "no"}

    def answered(*said: dict[str, object]) -> object:
        raw = json.dumps(dict(zip(("topics/x", "topics/y"), said, strict=False)))
        return codes(pages, "each-yes-no", price, ("topics", raw))["topics"]

    assert answered(yes, no) == (Status.CODED, ("x",), 1)
    assert answered(no, no) == (Status.ABSENT, (), 0)
    assert answered(yes) == (Status.INVALID, (), 0)


def test_what_a_condition_rules_out_is_not_applicable(tmp_path: Path) -> None:
    areas = load(
        benchmark(tmp_path / "areas", codebook=AREAS, items=[("a", "A tax.")], gold=[("a", "area", "economic")])
    )
    raw = json.dumps({"area": {"evidence": [1], "code": "social"}, "position": {"evidence": [1], "code": "left"}})
    assert codes(areas, "each", ("area+position", raw))["position"][0] is Status.NOT_APPLICABLE


def test_rewriting_changes_no_codebook() -> None:
    codebook = parse_codebook(TOPICS, "pages.yaml")
    before = codebook.hash()
    rewrite.bins_to_choose(rewrite.without_evidence(codebook))
    assert codebook.hash() == before


def test_what_the_model_leans_to_is_taken_out_over_the_items_scored(tmp_path: Path) -> None:
    """`good` at .8 in every text but one, where it has .6: there `bad` is likelier than usual."""
    many = load(headlines(tmp_path / "many", "bg" * (MIN_TEXTS // 2)))
    names = [item.name for item in many.items]
    chances = dict.fromkeys(names, 0.8) | {names[-1]: 0.6}
    coder = Ours("each-prior")
    lines = [
        AnswerLine(
            item=name,
            part="tone",
            raw='{"tone":{"evidence":[1],"code":"good"}}',
            probabilities=(
                CodeProbability(
                    dimension="tone", code="good", probability=good, distribution={"good": good, "bad": 1 - good}
                ),
            ),
        )
        for name, good in chances.items()
    ]
    codings = coder.read(many, many.items, lines)
    read = {item.name: coding for item, coding in zip(many.items, codings, strict=True)}
    assert [name for name in names if read[name].codes == ("bad",)] == [names[-1]]
    # good .79, bad .21, smoothed to .7755 and .2245: .4/.2245 = 1.782 against .6/.7755 = .774
    assert read[names[-1]].assignments[0].confidence == pytest.approx(0.697, abs=5e-4)
