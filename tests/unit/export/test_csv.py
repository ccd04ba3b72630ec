"""CSV, long and wide."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coder.export import export
from coder.gold import read_codings
from coder.gold.apostrophe import guarded, unguarded
from coder.model import Assignment, Status


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_long_table_has_the_promised_columns_first(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle)
    rows = rows_of(tmp_path / "x.csv")
    assert list(rows[0])[:7] == ["document", "dimension", "coder", "status", "codes", "evidence", "confidence"]
    assert list(rows[0])[7:] == ["coder_kind", "version", "created_at", "derived_from", "memo"]
    assert len(rows) == len(bundle.codings)


def test_a_long_row_holds_codes_quotes_and_confidences(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle)
    mode, topics, *_ = rows_of(tmp_path / "x.csv")
    assert (mode["codes"], mode["evidence"], mode["confidence"]) == ("online", "It is online.", "0.875")
    assert topics["codes"] == "medical;technical"
    assert topics["evidence"] == "It is online. | It teaches CT."  # in the order of the text
    assert topics["confidence"] == "0.5;"  # the second was not measured
    assert mode["created_at"] == "2021-02-15T09:30:00+00:00"


def test_the_long_table_read_back_gives_the_same_codings(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle)
    found = read_codings(
        tmp_path / "x.csv",
        bundle.codebook,
        {document.name: (document, version) for document, version in bundle.documents},
    )
    assert found.problems == ()
    assert dict(found.kinds) == {"local/small": "model", "ann": "person"}
    read = [coding for codings in found.codings_by_coder.values() for coding in codings]
    fields = ("version_id", "dimension_id", "status", "codes", "all_evidence", "codebook_hash", "dimension_hash")
    said = {tuple(getattr(one, field) for field in fields) for one in read}
    assert said == {tuple(getattr(one, field) for field in fields) for one in bundle.codings}
    assert len(read) == len(bundle.codings)


def test_the_wide_table_read_back_gives_the_resolved_codes(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle, wide=True)
    documents = {document.name: (document, version) for document, version in bundle.documents}
    found = read_codings(tmp_path / "x.csv", bundle.codebook, documents, coder="team")
    assert found.problems == ()
    assert {(one.version_id, one.dimension_id): one.codes for one in found.codings_by_coder["team"]} == {
        cell: resolved.coding.codes for cell, resolved in bundle.resolved.items() if resolved.coding
    }
    assert found.not_coded == 1  # topics of the second document are unresolved


def test_the_wide_table_has_one_row_a_document_and_says_where_codes_come_from(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle, wide=True)
    first, second = rows_of(tmp_path / "x.csv")
    assert list(first) == [
        "document", "year", "price", "mode (variable)", "title", "mode", "topics", "mode_source", "topics_source",
    ]  # fmt: skip
    assert (first["mode (variable)"], first["mode"], first["mode_source"]) == ("x", "online", "model")
    assert (second["mode"], second["mode_source"]) == ("offline", "settled")
    assert (second["topics"], second["topics_source"]) == ("", "unresolved")


def test_labels_stand_in_for_ids_on_request(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle, wide=True, labels=True)
    first, second = rows_of(tmp_path / "x.csv")
    assert first["topics"] == "Medical;Technical"
    assert second["mode"] == '\'=HYPERLINK("http://example.org","click")'


def test_absent_and_other_statuses_are_words(bundle, tmp_path):
    absent = bundle.codings[2]
    cell = (absent.version_id, "mode")
    resolved = {**bundle.resolved, cell: replace(bundle.resolved[cell], coding=absent)}
    export(tmp_path / "ids.csv", replace(bundle, resolved=resolved), wide=True)
    export(tmp_path / "labels.csv", replace(bundle, resolved=resolved), wide=True, labels=True)
    assert rows_of(tmp_path / "ids.csv")[1]["mode"] == "absent"
    assert rows_of(tmp_path / "labels.csv")[1]["mode"] == "Not specified"


def test_the_text_is_whole_on_request(bundle, tmp_path):
    document, version = bundle.documents[0]
    long = replace(bundle, documents=((document, version.model_copy(update={"text": "ä" * 40_000})),))
    export(tmp_path / "x.csv", long, wide=True, text=True)
    assert rows_of(tmp_path / "x.csv")[0]["text"] == "ä" * 40_000


def test_formulas_get_an_apostrophe_and_numbers_none(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle, wide=True)
    first, second = rows_of(tmp_path / "x.csv")
    assert first["title"] == '\'=HYPERLINK("http://example.org","click")'
    assert first["price"] == "-5"
    assert second["price"] == "'+49 30 12"
    assert second["document"] == "'=beta"


@pytest.mark.parametrize(
    "text", ["=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "'=1"]
)
def test_whatever_a_spreadsheet_would_run_is_guarded(text):
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "-5", "+3.5", "-1e-3", "5", "a=b", "'tis", "it's", " =1"])
def test_plain_text_and_numbers_are_left_alone(text):
    assert guarded(text) == text


@given(st.text(alphabet="'=+-@\t\r\n１＝a5. ", max_size=6) | st.text())
def test_unguarding_gives_back_what_was_guarded(text):
    assert unguarded(guarded(text)) == text


def test_the_file_is_utf8_without_a_mark_and_with_one_on_request(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle)
    export(tmp_path / "bom.csv", bundle, bom=True)
    plain, marked = (tmp_path / "x.csv").read_bytes(), (tmp_path / "bom.csv").read_bytes()
    assert plain.startswith(b"document,dimension")
    assert marked == b"\xef\xbb\xbf" + plain


def test_pandas_reads_it_as_it_is(bundle, tmp_path):
    export(tmp_path / "x.csv", bundle, wide=True)
    table = pd.read_csv(tmp_path / "x.csv")
    assert list(table["year"]) == [2019, 2020]
    assert list(table["mode"]) == ["online", "offline"]


def test_hostile_text_stays_in_its_cell(bundle, tmp_path):
    hostile = 'a",b\n"=1\x00\ud800;|'
    document, version = bundle.documents[0]
    renamed = (document.model_copy(update={"name": hostile}), version)
    export(tmp_path / "x.csv", replace(bundle, documents=(renamed,)), wide=True)
    (row,) = rows_of(tmp_path / "x.csv")
    assert row["document"] == 'a",b\n"=1?;|'
    assert row["mode"] == "online"


def test_a_status_without_codes_is_exported_as_it_is(bundle, tmp_path):
    failed = bundle.codings[0].model_copy(update={"status": Status.FAILED, "assignments": ()})
    export(tmp_path / "x.csv", replace(bundle, codings=(failed,)))
    (row,) = rows_of(tmp_path / "x.csv")
    assert (row["status"], row["codes"], row["evidence"], row["confidence"]) == ("failed", "", "", "")


def test_codings_of_an_earlier_version_quote_that_version(bundle, tmp_path):
    version = bundle.documents[0][1]
    earlier = version.model_copy(update={"id": "earlier", "text": "Once it was offline."})
    one = bundle.codings[0].model_copy(
        update={"version_id": "earlier", "assignments": (Assignment(category="offline", evidence=((0, 4),)),)}
    )
    export(tmp_path / "x.csv", replace(bundle, codings=(one,), earlier_versions=(earlier,)))
    (row,) = rows_of(tmp_path / "x.csv")
    assert (row["document"], row["version"], row["evidence"]) == ("alpha", one.version_id, "Once")
