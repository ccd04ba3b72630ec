"""XLSX, opened again with openpyxl."""

from __future__ import annotations

import warnings
from dataclasses import replace
from datetime import date, datetime

import pytest
from openpyxl import load_workbook

from coder.export import export, workbook
from coder.export.spreadsheet import MAX_CELL, fitting
from coder.export.workbook import unit_title


def opened(path, bundle, **options):
    export(path, bundle, **options)
    return load_workbook(path)


@pytest.fixture
def book(bundle, nominal, multilabel, tmp_path):
    return opened(tmp_path / "x.xlsx", replace(bundle, agreement=(nominal, multilabel)))


def column(sheet, heading):
    position = [cell.value for cell in sheet[1]].index(heading) + 1
    return [sheet.cell(row, position) for row in range(2, sheet.max_row + 1)]


def test_the_resolved_codes_come_first_under_the_name_of_the_unit(book):
    assert book.sheetnames == [
        "training programs", "documents", "codings", "decisions", "agreement", "codebook", "about",
    ]  # fmt: skip


def test_the_wide_sheet_holds_codes_and_their_sources(book):
    sheet = book["training programs"]
    assert [cell.value for cell in column(sheet, "mode")] == ["online", "offline"]
    assert [cell.value for cell in column(sheet, "topics_source")] == ["model", "unresolved"]


def test_every_sheet_has_a_frozen_heading_and_a_filter_over_all_rows(book):
    for sheet in book:
        assert sheet.freeze_panes.endswith("2")
        assert sheet.auto_filter.ref == sheet.dimensions.replace("$", "")
        assert all(cell.font.bold for cell in sheet[1])


def test_columns_are_as_wide_as_what_they_hold(book):
    assert book["codings"].column_dimensions["F"].width == 60  # evidence
    assert book["training programs"].column_dimensions["B"].width == 12  # year


def test_long_text_wraps(bundle, tmp_path):
    document, version = bundle.documents[0]
    long = document.model_copy(update={"variables": {"note": "word " * 30}})
    sheet = opened(tmp_path / "x.xlsx", replace(bundle, documents=((long, version),)))["training programs"]
    assert column(sheet, "note")[0].alignment.wrap_text


def test_numbers_and_times_are_typed(book):
    assert [(cell.data_type, cell.value) for cell in column(book["training programs"], "year")] == [
        ("n", 2019),
        ("n", 2020),
    ]
    created = column(book["codings"], "created_at")[0]
    assert (created.is_date, created.value) == (True, datetime(2021, 2, 15, 9, 30))
    confidences = [cell.value for cell in column(book["codings"], "confidence")]
    assert confidences == [0.875, "0.5;", None, None]


def test_a_variable_is_a_number_or_a_date_only_where_every_value_is_one(bundle, tmp_path):
    (first, one), (second, two) = bundle.documents
    pairs = (
        (first.model_copy(update={"variables": {"day": "2020-01-31", "zip": "01234", "mixed": "5"}}), one),
        (second.model_copy(update={"variables": {"day": "1999-12-01", "zip": "99999", "mixed": "five"}}), two),
    )
    sheet = opened(tmp_path / "x.xlsx", replace(bundle, documents=pairs))["training programs"]
    assert [cell.value.date() for cell in column(sheet, "day")] == [date(2020, 1, 31), date(1999, 12, 1)]
    assert [cell.value for cell in column(sheet, "zip")] == ["01234", "99999"]
    assert [cell.value for cell in column(sheet, "mixed")] == ["5", "five"]


def test_formulas_are_text_everywhere(bundle, tmp_path):
    book = opened(tmp_path / "x.xlsx", bundle, labels=True)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)]
    hyperlinks = [cell for cell in cells if cell.value.startswith("=HYPERLINK")]
    assert len(hyperlinks) == 3  # the title, the label of the resolved code, the label in the codebook
    assert {cell.data_type for cell in cells} == {"s"}


@pytest.mark.parametrize(
    "text", ["=1+1", "#N/A", "#REF!", "+1", "-1+1", "@A1", "'=1", "{=1}", "<r><t>x</t></r>", "<script>", "&lt;"]
)
def test_a_cell_is_text_whatever_it_looks_like(bundle, tmp_path, text):
    document, version = bundle.documents[0]
    renamed = document.model_copy(update={"name": text})
    cell = opened(tmp_path / "x.xlsx", replace(bundle, documents=((renamed, version),)))["training programs"]["A2"]
    assert (cell.data_type, cell.value) == ("s", text)


def test_characters_that_xml_forbids_are_removed(bundle, tmp_path):
    document, version = bundle.documents[0]
    text = "a\x00b\x0bc\x1b[31md\ufffee\ud800f\n<&>\U0001f600"
    hostile = version.model_copy(update={"text": text})
    sheet = opened(tmp_path / "x.xlsx", replace(bundle, documents=((document, hostile),)))["documents"]
    assert column(sheet, "text")[0].value == "abc[31mdef\n<&>\U0001f600"


def test_a_formula_behind_a_forbidden_character_is_text_too(bundle, tmp_path):
    document, version = bundle.documents[0]
    hidden = document.model_copy(update={"name": "\x00=1+1"})
    cell = opened(tmp_path / "x.xlsx", replace(bundle, documents=((hidden, version),)))["training programs"]["A2"]
    assert (cell.data_type, cell.value) == ("s", "=1+1")


def test_a_text_too_long_for_a_cell_is_cut_with_a_note(bundle, tmp_path):
    document, version = bundle.documents[0]
    long = version.model_copy(update={"text": "x" * 40_000})
    sheet = opened(tmp_path / "x.xlsx", replace(bundle, documents=((document, long),)))["documents"]
    value = column(sheet, "text")[0].value
    kept = len(value) - len("… [cut: 7,259 characters]")
    assert MAX_CELL - 2 < len(value) <= MAX_CELL
    assert value.endswith(f"x… [cut: {40_000 - kept:,} characters]")
    assert column(sheet, "characters")[0].value == 40_000


def test_length_is_counted_as_excel_counts_it():
    # an emoji is two UTF-16 units: 16,383 of them fit (32,766), 16,384 (32,768) do not
    assert fitting("\U0001f600" * 16_383) == "\U0001f600" * 16_383
    cut = fitting("\U0001f600" * 16_384)
    assert "[cut: " in cut
    assert len(cut.encode("utf-16-le")) // 2 <= MAX_CELL
    assert fitting("x" * MAX_CELL) == "x" * MAX_CELL


def test_rows_beyond_a_sheet_go_on_in_the_next(bundle, tmp_path, monkeypatch):
    monkeypatch.setattr(workbook, "MAX_ROWS", 3)  # a heading and two rows
    book = opened(tmp_path / "x.xlsx", bundle)
    assert [book[name].max_row for name in ("codings", "codings (2)")] == [3, 3]
    assert "codings (3)" not in book.sheetnames
    values = [cell.value for name in ("codings", "codings (2)") for cell in column(book[name], "codes")]
    assert values == ["online", "medical;technical", None, "offline"]


@pytest.mark.parametrize(
    ("unit", "title"),
    [
        ("training program", "training programs"),
        ("study", "studies"),
        ("day", "days"),
        ("thesis", "thesises"),
        ("document", "wide"),  # the second sheet has this name
        ("", "wide"),
        ("a/b:c*[d]?", "a b c  ds"),
        ("x" * 40, "wide"),
    ],
)
def test_the_first_sheet_has_a_title_that_excel_takes(unit, title):
    assert unit_title(unit) == title


def test_decisions_are_readable_without_ids(book):
    row = {cell.value: book["decisions"].cell(2, cell.column).value for cell in book["decisions"][1]}
    assert (row["document"], row["dimension"], row["queued_for"]) == ("=beta", "mode", "disagreement")
    assert (row["coder"], row["action"], row["answer"], row["seconds"]) == ("ann", "settle", "offline", 12.5)


def test_agreement_has_a_line_a_dimension_and_a_label(book):
    sheet = book["agreement"]
    assert [cell.value for cell in column(sheet, "dimension")] == ["mode", "topics", "topics", "topics"]
    assert [cell.value for cell in column(sheet, "label")] == [None, None, "medical", "technical"]
    assert column(sheet, "value")[0].value == 0.715
    assert column(sheet, "low")[1].value is None


def test_the_codebook_is_in_the_workbook(book):
    sheet = book["codebook"]
    assert [cell.value for cell in column(sheet, "code")] == ["offline", "online", "absent", "medical", "technical"]
    assert column(sheet, "examples")[3].value == "CT (a modality)"


def test_about_says_which_run_it_was(book, bundle):
    facts = {row[0].value: row[1].value for row in book["about"].iter_rows(min_row=2)}
    assert facts["run"] == bundle.run.id
    assert facts["completion_tokens"] == 5


def test_an_empty_project_makes_a_workbook_that_opens(bundle, tmp_path):
    empty = replace(bundle, documents=(), codings=(), resolved={}, decisions=(), queue_items=(), run=None, summary=None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        book = opened(tmp_path / "x.xlsx", empty)
    assert book["training programs"].max_row == 1
