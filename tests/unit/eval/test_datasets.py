"""Reading data sets that people coded, and drawing their halves."""

from __future__ import annotations

from pathlib import Path

import pytest

from coder.errors import InputError
from coder.model import Span, Status
from eval.datasets import load
from tests.unit.eval.scene import AREAS, TONE, benchmark, headlines, shipped

ALIKE = [("a", "One text"), ("b", "Another text"), ("c", "One text"), ("d", "One text  "), ("e", "Last text")]
TWO = [("a", "One text"), ("b", "Another text")]


def gold_for(items: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [(name, "tone", "bad") for name, _ in items]


def test_text_columns_are_joined_by_a_blank_line_and_context_is_kept_apart(tmp_path: Path) -> None:
    folder = benchmark(
        tmp_path / "set", columns=("id", "title", "body", "before", "secret"), text='["title", "body"]',
        context='["before"]', items=[("a", "Title", "Body", "What came before", "the answer")], gold=[("a", "tone", "bad")],
    )  # fmt: skip
    (item,) = load(folder).items
    assert (item.name, item.version.text) == ("a", "Title\n\nBody")
    assert item.version.context == {"before": "What came before"}


def test_an_empty_code_is_absent_and_a_false_condition_makes_not_applicable(tmp_path: Path) -> None:
    items = [(name, f"Text {name}") for name in "abcd"]
    gold = [
        ("a", "area", "economic"), ("a", "position", "left"),
        ("b", "area", ""),  # the text names no area: no position to take
        ("c", "area", "economic"),  # a position applies, and nobody coded it
        ("d", "position", "right"),  # the area was not coded: the condition is open
    ]  # fmt: skip
    data = load(benchmark(tmp_path / "set", codebook=AREAS, items=items, gold=gold))
    found = {name: {key: coding.status for key, coding in data.gold_of(name).items()} for name in "abcd"}
    assert found == {
        "a": {"area": Status.CODED, "position": Status.CODED},
        "b": {"area": Status.ABSENT, "position": Status.NOT_APPLICABLE},
        "c": {"area": Status.CODED},
        "d": {"position": Status.CODED},
    }


def test_people_are_kept_one_by_one_and_what_cannot_be_read_of_them_is_noted(tmp_path: Path) -> None:
    codings = [("a", "tone", "ann", "bad"), ("b", "tone", "ann", "good"), ("a", "tone", "ben", "dreadful")]
    data = load(benchmark(tmp_path / "set", items=TWO, gold=gold_for(TWO), codings=codings))
    assert {name: [coding.codes for coding in said] for name, said in data.people.items()} == {
        "ann": [("bad",), ("good",)]
    }
    assert len(data.notes) == 1
    assert "dreadful" in data.notes[0]


@pytest.mark.parametrize(
    ("votes", "kind"),
    [("bbg", "consensus"), ("ggb", "person"), ("bg", "person"), ("", "person")],
    ids=["the majority", "against the majority", "no majority", "no people"],
)
def test_a_reference_is_a_consensus_where_it_is_what_most_people_said(tmp_path: Path, votes: str, kind: str) -> None:
    names = {"b": "bad", "g": "good"}
    codings = [("a", "tone", f"person {number}", names[vote]) for number, vote in enumerate(votes)]
    folder = benchmark(tmp_path / "set", items=TWO, gold=gold_for(TWO), codings=codings or None)
    assert load(folder).kind == kind


def test_a_reference_with_an_unknown_code_is_refused_with_its_line(tmp_path: Path) -> None:
    folder = benchmark(tmp_path / "set", items=TWO, gold=[("a", "tone", "bad"), ("b", "tone", "dreadful")])
    with pytest.raises(InputError, match=r"line 3.*dreadful"):
        load(folder)


def test_criteria_alone_are_one_question_of_inclusion(tmp_path: Path) -> None:
    screening = "name: s\nversion: 1\nunit: page\ndimensions: []\ncriteria: [{id: about, question: About it?, definition: Of any kind.}]\n"
    data = load(benchmark(tmp_path / "set", codebook=screening, items=TWO, gold=[("a", "included", "include")]))
    (included,) = data.codebook.dimensions
    assert included.question == "Does this page meet every one of these criteria? (1) About it? Of any kind."
    assert [coding.codes for coding in data.gold] == [("include",)]


def test_a_folder_without_a_data_set_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no data set here"):
        load(tmp_path)


def test_a_name_that_could_leave_its_folder_is_refused(tmp_path: Path) -> None:
    folder = headlines(tmp_path / "set", "bg")
    about = folder / "dataset.yaml"
    about.write_text(about.read_text().replace("name: set", "name: ../set"))
    with pytest.raises(InputError, match=r"dataset\.yaml: name"):
        load(folder)


def test_an_item_without_text_is_left_out_and_noted(tmp_path: Path) -> None:
    folder = benchmark(tmp_path / "set", items=[("a", "Text"), ("b", " ")], gold=[("a", "tone", "bad")])
    data = load(folder)
    assert [item.name for item in data.items] == ["a"]
    assert "line 3" in data.notes[0]


def test_reading_twice_gives_the_same_ids_and_times(tmp_path: Path) -> None:
    folder = headlines(tmp_path / "set", "bgbg")
    first, second = load(folder), load(folder)
    assert first == second
    assert len({coding.id for coding in first.gold}) == 4
    assert all(len(coding.id) == 26 for coding in first.gold)


def test_items_with_the_same_text_stay_in_one_half(tmp_path: Path) -> None:
    data = load(benchmark(tmp_path / "set", items=ALIKE, gold=gold_for(ALIKE)))
    for seed in range(20):
        halves = data.half(seed)
        assert halves["a"] == halves["c"] == halves["d"]
        assert set(halves.values()) == {"dev", "test"}


def test_half_of_the_items_is_dev_and_the_seed_decides_which(tmp_path: Path) -> None:
    data = load(headlines(tmp_path / "set", "bg" * 20))
    dev = {seed: {name for name, half in data.half(seed).items() if half == "dev"} for seed in (1, 2)}
    assert len(dev[1]) == len(dev[2]) == 20
    assert dev[1] != dev[2]


def test_halves_and_hash_do_not_depend_on_the_order_of_rows(tmp_path: Path) -> None:
    forward = load(benchmark(tmp_path / "1" / "set", items=ALIKE, gold=gold_for(ALIKE)))
    backward = load(benchmark(tmp_path / "2" / "set", items=ALIKE[::-1], gold=gold_for(ALIKE)[::-1]))
    assert forward.hash == backward.hash
    assert forward.sample("test", seed=3) == backward.sample("test", seed=3)


@pytest.mark.parametrize(
    ("items", "gold", "codebook"),
    [
        ([("a", "One text!"), ("b", "Another text")], gold_for(TWO), TONE),
        (TWO, [("a", "tone", "bad"), ("b", "tone", "good")], TONE),
        (TWO, gold_for(TWO), TONE.replace("SECRET", "PUBLIC")),
    ],
    ids=["text", "gold", "codebook"],
)
def test_the_hash_changes_with_what_figures_rest_on(
    tmp_path: Path, items: list[tuple[str, str]], gold: list[tuple[str, str, str]], codebook: str
) -> None:
    before = load(benchmark(tmp_path / "1" / "set", items=TWO, gold=gold_for(TWO)))
    after = load(benchmark(tmp_path / "2" / "set", items=items, gold=gold, codebook=codebook))
    assert before.hash != after.hash


def test_a_sample_is_the_beginning_of_the_same_order(tmp_path: Path) -> None:
    data = load(headlines(tmp_path / "set", "bg" * 10))
    assert data.sample("dev", 3, seed=5) == data.sample("dev", seed=5)[:3]
    assert len(data.sample("dev", 3, seed=5)) == 3


def test_examples_leave_the_sample_with_every_item_of_the_same_text(tmp_path: Path) -> None:
    data = load(benchmark(tmp_path / "set", items=ALIKE, gold=gold_for(ALIKE)))
    seed = next(seed for seed in range(50) if data.half(seed)["a"] == "dev")
    left = {item.name for item in data.sample("dev", seed=seed, without=("c",))}
    assert not left & {"a", "c", "d"}


def test_examples_are_of_the_dev_half_and_those_that_are_coded_whole_come_first(tmp_path: Path) -> None:
    items = [(f"i{number}", f"Text {number}") for number in range(12)]
    gold = [(name, "area", "economic") for name, _ in items]
    gold += [(name, "position", "left") for name, _ in items[::2]]
    data = load(benchmark(tmp_path / "set", codebook=AREAS, items=items, gold=gold))
    dev = {item.name for item in data.sample("dev", seed=1)}
    whole = {name for name, _ in items[::2]} & dev
    names = [item.name for item in data.examples(len(dev), 1)]
    assert set(names[: len(whole)]) == whole
    assert set(names) == dev
    assert len(data.examples(7, 1)) == len(dev) == 6


def test_the_shipped_shape_keeps_its_splits_its_evidence_and_its_kind(tmp_path: Path) -> None:
    places = {"001": "test", "002": "examples", "003": "calibration", "004": "test", "005": "calibration"}
    data = load(shipped(tmp_path / "gold", places))
    assert data.half(7) == {"001": "test", "002": "dev", "003": "dev", "004": "test", "005": "dev"}
    assert data.kind == "constructed"
    assert [item.name for item in data.examples(1, 7)] == ["002"]
    assert data.items[0].version.context == {"title": "Title 001"}
    # "This is page 001." has 17 characters, then comes an empty line
    assert data.gold_of("001")["tone"].all_evidence == (Span(start=19, end=33),)


def test_a_document_without_a_split_is_refused(tmp_path: Path) -> None:
    folder = shipped(tmp_path / "gold", {"001": "test", "002": "examples"})
    (folder / "splits.yaml").write_text('documents:\n  "001": test\n')
    with pytest.raises(InputError, match="no split for document '002'"):
        load(folder)
