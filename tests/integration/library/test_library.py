"""The library: documents and codings go in and out as pandas frames, by the same road as the commands."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

import coder
from coder.errors import InputError
from coder.settings import ModelSettings, Settings

BOOK = """\
name: small
version: 1
unit: page
dimensions:
  - {id: tone, kind: nominal, question: How does it sound?, absent: {}, categories: [{id: warm, label: Warm}, {id: cold}]}
  - {id: parts, kind: multilabel, question: What is in it?, absent: {}, categories: [{id: x}, {id: y}]}
"""
TEXTS = {"one": "A kind word. And x.", "two": "Frost & ice."}
HEAVY = ("pandas", "numpy", "pydantic", "click", "sqlalchemy", "rich", "openai", "sklearn", "scipy", "textual")


@pytest.fixture
def answers(tmp_path: Path) -> Path:
    """Recorded answers to the two texts: the first warm with x, the second cold and nothing in it."""
    lines = (
        {
            "document": "A kind word.",
            "content": json.dumps(
                {"tone": {"evidence": [1], "code": "warm"}, "parts": [{"evidence": [2], "code": "x"}]}
            ),
        },
        {"document": "Frost", "content": json.dumps({"tone": {"evidence": [1], "code": "cold"}, "parts": []})},
    )
    path = tmp_path / "answers.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return path


def rows(frame: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(frame[["document", "dimension", "status", "codes", "evidence"]].itertuples(index=False, name=None))


CODED = [
    ("one", "tone", "coded", "warm", "A kind word."),
    ("one", "parts", "coded", "x", "And x."),
    ("two", "tone", "coded", "cold", "Frost & ice."),
    ("two", "parts", "absent", "", ""),
]


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = (
        f"import sys, coder\nassert 'code' in dir(coder)\nprint([name for name in {HEAVY!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "first", ["import coder.agreement", "from coder.agreement import Bootstrap", "import coder.library"]
)
def test_agreement_is_a_function_whatever_was_imported_before(first: str) -> None:
    program = f"{first}\nimport coder, pandas\nprint(coder.agreement(pandas.DataFrame({{'a': [1, 2], 'b': [1, 2]}})).n.iloc[0])"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "2"


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'codes'"):
        coder.codes  # noqa: B018


def test_texts_are_coded_with_quotes_as_evidence(answers: Path) -> None:
    found = coder.code(coder.load_codebook(BOOK), TEXTS, provider="recorded", answers=answers)
    assert rows(found) == CODED
    assert set(found.coder) == {"recorded:recorded"}
    assert set(found.coder_kind) == {"model"}
    assert found.attrs["run"]["coded"] == 2


@pytest.mark.parametrize(
    "documents",
    [
        pd.DataFrame({"document": list(TEXTS), "text": list(TEXTS.values()), "year": [2020, None]}),
        pd.DataFrame({"text": list(TEXTS.values())}, index=list(TEXTS)),
        pd.Series(TEXTS),
    ],
)
def test_a_frame_and_a_series_hold_documents_too(documents: pd.DataFrame | pd.Series, answers: Path) -> None:
    assert rows(coder.code(BOOK, documents, provider="recorded", answers=answers)) == CODED


def test_texts_in_a_list_are_called_by_their_place(answers: Path) -> None:
    found = coder.code(BOOK, list(TEXTS.values()), provider="recorded", answers=answers)
    assert list(found.document) == ["1", "1", "2", "2"]


async def test_it_works_where_an_event_loop_runs(answers: Path) -> None:
    assert asyncio.get_running_loop().is_running()
    assert rows(coder.code(BOOK, TEXTS, provider="recorded", answers=answers)) == CODED


def test_with_a_store_nothing_is_asked_twice(answers: Path, tmp_path: Path) -> None:
    store = tmp_path / "kept.db"
    coder.code(BOOK, TEXTS, provider="recorded", answers=answers, store=store)
    again = coder.code(BOOK, TEXTS, provider="recorded", answers=answers, store=store)
    assert (again.attrs["run"]["asked"], again.attrs["run"]["answered_before"]) == (0, 2)
    assert rows(again) == CODED


def test_a_store_of_other_documents_is_refused(answers: Path, tmp_path: Path) -> None:
    store = tmp_path / "kept.db"
    coder.code(BOOK, TEXTS, provider="recorded", answers=answers, store=store)
    with pytest.raises(InputError, match="holds 1 documents that are not among those given, such as 'one'"):
        coder.code(BOOK, {"two": TEXTS["two"]}, provider="recorded", answers=answers, store=store)


def test_what_has_no_answer_is_warned_of_and_stands_in_the_frame(answers: Path) -> None:
    with pytest.warns(UserWarning, match="1 of 2 documents are not coded whole: three"):
        found = coder.code(BOOK, {"one": TEXTS["one"], "three": "?"}, provider="recorded", answers=answers)
    assert rows(found)[2:] == [("three", "tone", "failed", "", ""), ("three", "parts", "failed", "", "")]
    # A failure counts as a category that never agrees: one agreement of two.
    gold = pd.DataFrame({"document": ["one", "three"], "tone": ["warm", "warm"], "parts": ["x", "x"]})
    tone = coder.evaluate(BOOK, found, gold, replicates=100).iloc[0]
    assert (tone.n, tone.refused, tone.percent_agreement) == (2, 1, 0.5)


def test_replicates_are_rows_of_their_own(answers: Path) -> None:
    settings = Settings(model=ModelSettings(samples=2))
    found = coder.code(BOOK, TEXTS, provider="recorded", answers=answers, settings=settings)
    assert list(found.replicate) == [0, 1] * 4


@pytest.mark.parametrize(
    ("documents", "words"),
    [
        (pd.DataFrame({"body": ["a"]}), "no column 'text'"),
        ("a text", "a single text"),
        ([], "there are none"),
        (["a", ""], "documents, '2': there is no text"),
        (pd.DataFrame({"document": ["a", "a"], "text": ["x", "y"]}), "two are called 'a'"),
    ],
)
def test_documents_that_cannot_be_used_are_refused(documents: object, words: str, answers: Path) -> None:
    with pytest.raises(InputError, match=words):
        coder.code(BOOK, documents, provider="recorded", answers=answers)  # type: ignore[arg-type]


def test_recorded_answers_need_their_provider(answers: Path) -> None:
    with pytest.raises(InputError, match="provider is 'local'"):
        coder.code(BOOK, TEXTS, answers=answers)


def fifty() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Fifty documents; gold says warm of 25, the coder of 20 of those and of 5 others."""
    names = [f"d{number}" for number in range(50)]
    gold = pd.DataFrame({"document": names, "tone": ["Warm"] * 25 + ["cold"] * 25})
    said = pd.DataFrame({"document": names, "dimension": "tone", "codes": ["warm"] * 20 + ["cold"] * 25 + ["warm"] * 5})
    return said, gold


def test_evaluate_pairs_long_codings_with_wide_gold() -> None:
    said, gold = fifty()
    tone, parts = coder.evaluate(BOOK, said, gold, min_kappa=0.9, replicates=200).itertuples(index=False)
    # Agreed 40 of 50, expected .5: kappa = (.8 - .5) / (1 - .5).
    assert (tone.dimension, tone.coefficient, tone.n, tone.verdict) == ("tone", "cohen_kappa", 50, "below")
    assert tone.value == pytest.approx(0.6)
    assert tone.low < 0.6 < tone.high
    assert (parts.n, pd.isna(parts.value)) == (0, True)


def test_gold_may_be_held_against_itself_in_every_shape() -> None:
    long = pd.DataFrame(
        {
            "document": ["a", "a", "b", "b", "c"],
            "dimension": ["tone", "parts", "tone", "parts", "tone"],
            "codes": ["warm", ["x", "y"], None, {"y"}, "n/a"],
        }
    )
    wide = pd.DataFrame(
        {"document": ["a", "b", "c"], "tone": ["warm", "absent", "not applicable"], "parts": ["x;y", "y", None]}
    )
    found = coder.evaluate(BOOK, long, wide, replicates=100)
    assert list(found.n) == [2, 2]
    assert list(found.percent_agreement) == [1.0, 1.0]
    assert found.attrs["excluded"]["tone"]["not_applicable"] == 1


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"document": ["a"], "tone": ["wram"]}), "gold, row 0, column 'tone': unknown code 'wram'"),
        (pd.DataFrame({"document": ["a"], "dimension": ["mood"], "codes": ["x"]}), "no dimension is called 'mood'"),
        (pd.DataFrame({"document": ["a"], "dimension": ["tone"]}), "no column 'codes'"),
        (pd.DataFrame({"doc": ["a"], "tone": ["warm"]}), "no column 'document'"),
        (pd.DataFrame({"document": ["a"], "mood": ["warm"]}), "no column is a dimension"),
        (pd.DataFrame({"document": ["a", "a"], "tone": ["warm", "cold"]}), "has a coding of 'tone' already"),
    ],
)
def test_codings_that_cannot_be_read_are_refused_with_their_row(frame: pd.DataFrame, words: str) -> None:
    with pytest.raises(InputError, match=words):
        coder.evaluate(BOOK, fifty()[0], frame)


def test_agreement_gives_every_coefficient_that_applies() -> None:
    codes = pd.DataFrame({"id": ["a", "b", "c", "d"], "ada": [1, 1, 2, 2], "ben": [1.0, 2, 2, None]})
    found = coder.agreement(codes, replicates=100)
    # On the three items of both: agreed 2/3, expected (2/3 * 1/3 + 1/3 * 2/3) = 4/9; kappa = (2/3 - 4/9) / (5/9) = .4.
    assert found.loc["cohen_kappa", "value"] == pytest.approx(0.4)
    assert found.loc["cohen_kappa", "n"] == 3
    assert "fleiss_kappa" in found.index
    assert "fewer than 50" in found.loc["cohen_kappa", "reason"]


def test_ordered_categorical_columns_bring_their_scale() -> None:
    scale = pd.CategoricalDtype(["low", "middle", "high"], ordered=True)
    codes = pd.DataFrame({"ada": ["low", "high", "low"], "ben": ["low", "high", "high"]}).astype(scale)
    found = coder.agreement(codes, weights="linear", replicates=100)
    # Linear weights over three places; one disagreement of the largest distance: agreed 2/3.
    assert found.loc["percent_agreement", "value"] == pytest.approx(2 / 3)
    with pytest.raises(InputError, match="needs the order"):
        coder.agreement(codes.astype(str), weights="linear")


def test_sets_of_labels_are_lists_or_joined() -> None:
    codes = pd.DataFrame({"ada": [["x", "y"], ["x"], []], "ben": ["y;x", "x", "x"]})
    found = coder.agreement(codes, multilabel=";", replicates=100)
    assert found.loc["percent_agreement", "value"] == pytest.approx(2 / 3)


def test_an_empty_table_and_options_that_do_not_go_together_are_refused() -> None:
    with pytest.raises(InputError, match="no row"):
        coder.agreement(pd.DataFrame({"ada": [], "ben": []}))
    with pytest.raises(InputError, match="multilabel goes with a separator"):
        coder.agreement(pd.DataFrame({"ada": ["x"], "ben": ["x"]}), multilabel="")
