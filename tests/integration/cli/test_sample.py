"""`sample`: what is drawn, with which probability, and what is kept of it."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from pathlib import Path

import pytest

from coder.errors import InputError
from coder.model import Document, Split, Version
from tests.integration.cli.scene import Scene, make_scene


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """40 documents of 8 sources; the model said warm of 30, cold of 9, and refused one."""
    scene = make_scene(tmp_path / "study", 40, variables={"source": [f"s{number // 5}" for number in range(40)]})
    scene.run({"tone": ["warm"] * 30 + ["cold"] * 9 + ["refused"]})
    return scene


def refused(scene: Scene, *arguments: str) -> InputError:
    error = scene.call("sample", *arguments).exception
    assert isinstance(error, InputError)
    assert error.hint
    return error


def test_a_simple_sample_keeps_the_probability_of_every_document(scene: Scene) -> None:
    printed = scene.read("sample", "--n", "10")
    with scene.store() as store:
        kept, names = store.inclusions("sample"), {one.id: one.name for one in store.documents()}
    assert len(kept) == 40
    assert {one.probability for one in kept} == {0.25}  # 10 of 40
    drawn = [names[one.document_id] for one in kept if one.drawn]
    assert sorted(drawn) == sorted(one["document"] for one in printed["documents"])
    assert len(drawn) == printed["n"] == 10


def test_the_documents_drawn_are_printed_under_what_was_drawn(scene: Scene) -> None:
    first, *names = scene.call("sample", "--n", "10").stdout.split("\n")
    assert first == "Sample 'sample': 10 of 40 documents, each with probability 0.25."
    assert len({name for name in names if name}) == 10


def test_seed_and_name_decide_what_is_drawn(tmp_path: Path) -> None:
    def drawn(folder: str, name: str, seed: str) -> list[str]:
        made = make_scene(tmp_path / folder, 40).read("sample", "--n", "10", "--name", name, "--seed", seed)
        return [one["document"] for one in made["documents"]]

    first = drawn("one", "a", "1")
    assert drawn("two", "a", "1") == first
    assert drawn("three", "a", "2") != first
    assert drawn("four", "b", "1") != first


def test_a_half_width_is_turned_into_documents(tmp_path: Path) -> None:
    # Cochran: n0 = 1.96^2 * .25 / .2^2 = 24.01, of 100 documents 24.01 / (1 + 23.01/100) = 19.5, up to 20.
    found = make_scene(tmp_path / "study", 100).read("sample", "--half-width", "0.2")
    assert found["n"] == 20


def test_a_sample_is_drawn_once(scene: Scene) -> None:
    scene.read("sample", "--n", "10")
    assert "there is a sample 'sample' already" in refused(scene, "--n", "10").message
    assert scene.read("sample", "--n", "10", "--name", "second")["n"] == 10


def test_examples_are_not_drawn_and_that_is_said(scene: Scene) -> None:
    with scene.store() as store:
        (first, *_) = store.documents()
        store.add_splits([Split(document_id=first.id, split="examples", cluster="c", scheme="by hand")])
    found = scene.read("sample", "--n", "39")
    assert found["population"] == 39
    assert first.name not in {one["document"] for one in found["documents"]}
    assert found["notes"] == [
        "1 documents are examples in the prompt: they are not drawn, and shares do not speak of them"
    ]


def test_strata_are_the_newest_runs_codes(scene: Scene) -> None:
    # 3 strata (30, 9, 1), equal: 9 documents are 3 each, the one without a code is taken whole, and 4 + 4 + 1 remain.
    found = scene.read("sample", "--n", "9", "--stratify", "tone", "--allocation", "equal")
    with scene.store() as store:
        kept = store.inclusions("sample")
    assert {(one.stratum, one.probability) for one in kept} == {("warm", 4 / 30), ("cold", 4 / 9), ("no code", 1.0)}
    assert len(found["documents"]) == 9


def test_whole_clusters_are_drawn(scene: Scene) -> None:
    found = scene.read("sample", "--n", "2", "--cluster", "source")
    assert found["n"] == 10  # 2 of 8 sources with 5 documents each
    with scene.store() as store:
        kept = store.inclusions("sample")
    assert {one.probability for one in kept} == {0.25}
    drawn = {one.cluster for one in kept if one.drawn}
    assert len(drawn) == 2
    assert all(one.drawn == (one.cluster in drawn) for one in kept)


def test_a_batch_can_be_drawn_from_alone(scene: Scene) -> None:
    assert scene.read("sample", "--n", "2", "--where", "source=s3", "--name", "a")["population"] == 5
    late = Document(name="late", created_at=datetime(2100, 1, 1, tzinfo=UTC))
    other = Document(name="other", created_at=datetime(2100, 1, 2, tzinfo=UTC))
    with scene.store() as store:
        store.add_documents((one, Version(document_id=one.id, text="x", hash=one.name)) for one in (late, other))
    found = scene.read("sample", "--n", "2", "--new-since", "2100-01-01", "--name", "b")
    assert {one["document"] for one in found["documents"]} == {"late", "other"}


def test_the_table_to_code_in_goes_back_in_through_gold_import(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "to_code.csv"
    scene.call("sample", "--n", "4", "--csv", str(path))
    with path.open(encoding="utf-8-sig", newline="") as handle:
        heading, *rows = csv.reader(handle)
    assert heading == ["document", "tone", "parts", "text"]
    assert {row[3] for row in rows} == {f"Page {row[0]}." for row in rows}
    coded = [heading, *([row[0], "warm", "", row[3]] for row in rows)]
    path.write_text("\n".join(",".join(row) for row in coded), encoding="utf-8")
    assert scene.call("gold", "import", str(path), "--coder", "ada").exception is None
    with scene.store() as store:
        assert len(store.codings(gold_id=store.gold("gold").id)) == 4
        assert {one.sample for one in store.inclusions()} == {"sample"}


def test_a_table_that_is_there_is_not_written_over_and_no_sample_kept(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "codes.csv"
    path.write_text("hours of work", encoding="utf-8")
    assert "is there already" in refused(scene, "--n", "4", "--csv", str(path)).message
    assert path.read_text(encoding="utf-8") == "hours of work"
    with scene.store() as store:
        assert store.inclusions() == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--n", "4", "--half-width", "0.1"), "--n and --half-width"),
        (("--n", "4", "--cluster", "source", "--stratify", "tone"), "do not go together"),
        (("--cluster", "source"), "depends on how alike"),
        (("--stratify", "tone", "--allocation", "equal"), "a half-width holds for a sample in proportion"),
        (("--n", "2", "--cluster", "year"), "no document has this variable"),
        (("--n", "9", "--stratify", "mood"), "no such dimension"),
        (("--n", "41"), "41 cannot be drawn from 40"),
        (("--where", "source"), "no VARIABLE=VALUE"),
        (("--where", "source=s99"), "no documents to draw from"),
        (("--new-since", "yesterday"), "not a day"),
    ],
)
def test_what_cannot_be_drawn_names_the_option_and_a_remedy(
    scene: Scene, arguments: tuple[str, ...], words: str
) -> None:
    assert words in refused(scene, *arguments).message
