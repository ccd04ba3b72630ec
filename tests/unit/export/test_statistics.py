"""SPSS, Stata and Parquet: read back with their own readers."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date

import pandas as pd
import pyarrow.parquet as pq
import pyreadstat
import pytest

from coder.adjudicate.resolve import ResolvedCell
from coder.errors import InputError
from coder.export import export
from coder.export.registry import Format
from coder.export.spss import LIMITS as SPSS
from coder.export.stata import LIMITS as STATA
from coder.export.statistics import fit, variable_name
from coder.model import Codebook, Status


@pytest.fixture
def statuses(bundle):
    """The bundle with `mode` of the second document undecidable and its topics absent, and typed variables."""
    (first, one), (second, two) = bundle.documents
    mode, topics = bundle.resolved[two.id, "mode"].coding, bundle.resolved[one.id, "topics"].coding
    undecidable = mode.model_copy(update={"status": Status.UNDECIDABLE, "assignments": ()})
    absent = topics.model_copy(update={"status": Status.ABSENT, "assignments": (), "version_id": two.id})
    pairs = (
        (
            first.model_copy(update={"variables": {"year": "2019", "day": "2020-01-31", "title": "=1+1 é\U0001f600"}}),
            one,
        ),
        (second.model_copy(update={"variables": {"year": "2020.5", "day": "1999-12-01"}}), two),
    )
    resolved = {
        **bundle.resolved,
        (two.id, "mode"): ResolvedCell(undecidable, "settled"),
        (two.id, "topics"): ResolvedCell(absent, "consensus"),
    }
    return replace(bundle, documents=pairs, resolved=resolved)


def test_spss_has_numbers_with_value_labels_and_missing_statuses(statuses, tmp_path):
    export(tmp_path / "x.sav", statuses)
    frame, meta = pyreadstat.read_sav(tmp_path / "x.sav", user_missing=True)
    assert list(frame.columns) == [
        "document", "year", "day", "title", "mode", "topics_medical", "topics_technical", "mode_source", "topics_source",
    ]  # fmt: skip
    assert frame["mode"].tolist() == [2, -2]  # online is the second category; undecidable
    assert frame["topics_medical"].tolist() == [1, 0]  # absent is no label at all
    labels = meta.variable_value_labels["mode"]
    assert (labels[1], labels[0]) == ('=HYPERLINK("http://example.org","click")', "Not specified")
    assert meta.missing_ranges["mode"] == [{"lo": -6, "hi": -1}]
    assert meta.column_names_to_labels["mode"] == "Mode: How?"
    assert meta.variable_measure["mode"] == "nominal"
    assert frame["year"].tolist() == [2019, 2020.5]
    assert frame["day"].tolist() == [date(2020, 1, 31), date(1999, 12, 1)]
    assert frame["title"].tolist() == ["=1+1 é\U0001f600", ""]
    assert [meta.variable_value_labels["mode_source"][value] for value in frame["mode_source"]] == ["model", "settled"]
    valid, _ = pyreadstat.read_sav(tmp_path / "x.sav")
    assert pd.isna(valid["mode"][1])  # declared missing


def test_stata_has_numbers_with_value_labels(statuses, tmp_path):
    export(tmp_path / "x.dta", statuses)
    frame, meta = pyreadstat.read_dta(tmp_path / "x.dta")
    assert frame["mode"].tolist() == [2, -2]
    assert meta.variable_value_labels["mode"][2] == "Online"
    assert meta.column_names_to_labels["topics_technical"] == "Topics: Technical"
    assert frame["day"].tolist() == [date(2020, 1, 31), date(1999, 12, 1)]
    labelled = pd.read_stata(tmp_path / "x.dta")
    assert labelled["mode"].tolist() == ["Online", "undecidable"]
    assert labelled["title"].tolist() == ["=1+1 é\U0001f600", ""]


def test_an_unresolved_cell_is_missing(bundle, tmp_path):
    for name in ("x.sav", "x.dta"):
        export(tmp_path / name, bundle)
    sav, _ = pyreadstat.read_sav(tmp_path / "x.sav", user_missing=True)
    assert pd.isna(sav["topics_medical"][1])
    assert pd.isna(pd.read_stata(tmp_path / "x.dta", convert_categoricals=False)["topics_medical"][1])


@pytest.mark.parametrize("name", ["x.sav", "x.dta"])
def test_names_and_labels_that_do_not_fit_are_changed_and_told(bundle, tmp_path, name):
    long = "ä" * 20_000  # 40,000 bytes
    wanted = {
        "name": "small", "version": "1",
        "dimensions": [{
            "id": "all", "kind": "nominal", "question": "Q" * 300, "absent": {},
            "categories": [{"id": "offline", "label": long}, {"id": "online", "label": "\x00<script>"}],
        }],
    }  # fmt: skip
    (first, one), _ = bundle.documents
    variables = {"2 Größe!": "x\x00y", "2 GROSSE?": "z" * 3_000, "int": "1", "名前": "n", "ALL": "w"}
    odd = first.model_copy(update={"variables": variables})
    notes = export(
        tmp_path / name, replace(bundle, codebook=Codebook.model_validate(wanted), documents=((odd, one),), resolved={})
    )
    read = pyreadstat.read_sav if name == "x.sav" else pyreadstat.read_dta
    frame, meta = read(tmp_path / name)
    columns = list(frame.columns)
    assert len({column.casefold() for column in columns}) == len(columns) == 8
    assert columns[1:3] == ["v_2_Groe", "v_2_GROSSE"]  # ß has no ASCII form
    assert meta.column_names_to_labels[columns[1]] == "2 Größe!"
    assert frame[columns[1]][0] == "xy"
    assert frame[columns[2]][0] == "z" * 3_000
    assert any("variables were renamed" in note for note in notes)
    assert any("labels were cut" in note for note in notes)
    limit = SPSS.value_label if name == "x.sav" else STATA.value_label
    labels = meta.variable_value_labels[columns[-2]]
    assert labels[1].endswith("…")
    assert limit - 4 <= len(labels[1].encode()) <= limit


@pytest.mark.parametrize("name", ["x.sav", "x.dta", "x.parquet"])
def test_an_empty_project_makes_a_file_that_opens(bundle, tmp_path, name):
    export(tmp_path / name, replace(bundle, documents=(), codings=(), resolved={}, decisions=(), queue_items=()))
    read = {".sav": pyreadstat.read_sav, ".dta": pyreadstat.read_dta, ".parquet": lambda path: (pd.read_parquet(path),)}
    assert len(read[name[1:]](tmp_path / name)[0]) == 0


def test_a_text_is_cut_by_bytes_and_says_so():
    assert fit("äöü", 6) == "äöü"
    assert fit("äöüß", 7) == "äö…"  # 4 bytes and the 3 of the ellipsis


def test_names_are_unique_case_aside_and_within_the_limit():
    taken: set[str] = set()
    made = []
    for _ in range(3):
        made.append(variable_name("X" * 40, STATA, taken))
        taken.add(made[-1].casefold())
    assert made == ["X" * 32, "X" * 30 + "_2", "X" * 30 + "_3"]


def test_parquet_is_typed_and_holds_the_codebook(statuses, tmp_path):
    export(tmp_path / "x.parquet", statuses, text=True)
    table = pq.read_table(tmp_path / "x.parquet")
    rows = table.to_pylist()
    assert rows[0] == {
        "document": "alpha", "year": 2019.0, "day": date(2020, 1, 31), "title": "=1+1 é\U0001f600", "mode": "online",
        "topics": ["medical", "technical"], "mode_source": "model", "topics_source": "model",
        "text": "It is online. It teaches CT.",
    }  # fmt: skip
    assert (rows[1]["mode"], rows[1]["topics"]) == ("undecidable", [])
    stored = json.loads(table.schema.metadata[b"intercoder_codebook"])
    assert Codebook.model_validate(stored) == statuses.codebook


def test_a_missing_package_names_the_extra():
    absent = Format(".sav", "SPSS", "coder.export.spss", needs="no_such_package", extra="spss")
    with pytest.raises(InputError, match="needs the package no_such_package") as caught:
        _ = absent.write
    assert caught.value.hint == "pip install 'intercoder[spss]'"


def test_what_a_format_cannot_carry_is_told(bundle, tmp_path):
    assert "evidence" in export(tmp_path / "x.dta", bundle)[0]
    assert export(tmp_path / "x.jsonl", bundle) == ()
