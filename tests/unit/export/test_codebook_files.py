"""Codebooks out and in again."""

from __future__ import annotations

import csv
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook

from coder.codebook import load_codebook
from coder.errors import InputError
from coder.export.codebook_file import read_codebook, save_codebook
from coder.model import Codebook
from coder.paths import data_dir

SHIPPED = data_dir("gold") / "radiology-ai-training" / "codebook.yaml"
HOSTILE = Codebook.model_validate(
    {
        "name": "=1+1", "version": "1.10", "description": "a\nb", "departures": ["=x", "y\nz"],
        "dimensions": [
            {"id": "mode", "kind": "ordinal", "label": "<script>", "question": "-How?", "absent": {"label": "Not said"},
             "categories": [
                 {"id": "a", "label": "=HYPERLINK(1)", "include": ["[x", "b"], "exclude": ["one\nof two"],
                  "examples": [{"text": "t", "note": "n"}, {"text": "u", "borderline": True}]},
                 {"id": "1", "label": "1", "examples": ["+plain", "second"]},
             ]},
            {"id": "days", "kind": "date", "question": "When?", "evidence": "none", "absent": {},
             "period": {"from": "2019-01", "to": "2020-06"}, "applies_if": "mode in a, 1"},
        ],
        "criteria": [{"id": "fits", "label": "Fits", "question": "Does it?", "definition": "d"}],
    }
)  # fmt: skip


@pytest.mark.parametrize("ending", [".yaml", ".csv", ".xlsx"])
@pytest.mark.parametrize("codebook", [HOSTILE, load_codebook(SHIPPED)], ids=["hostile", "shipped"])
def test_a_codebook_comes_back_equal(codebook, tmp_path, ending):
    save_codebook(tmp_path / f"x{ending}", codebook)
    back = read_codebook(tmp_path / f"x{ending}")
    assert back == codebook
    assert back.hash() == codebook.hash()


def test_a_refi_codebook_keeps_names_definitions_notes_and_criteria(tmp_path):
    save_codebook(tmp_path / "x.qdc", HOSTILE)
    back = read_codebook(tmp_path / "x.qdc", kind="ordinal")
    mode, before = back.dimensions[0], HOSTILE.dimensions[0]
    assert (mode.label, mode.question) == ("<script>", "-How?")
    assert [category.label for category in mode.codes] == [category.label for category in before.codes]
    first, own = mode.codes[0], before.codes[0]
    assert (first.include, first.exclude) == (own.include, own.exclude)
    assert [example.borderline for example in first.examples] == [False, True]
    assert mode.absent == before.absent
    assert back.criteria[0].label == "Fits"


def test_formulas_are_text_in_tables(tmp_path):
    save_codebook(tmp_path / "x.csv", HOSTILE)
    with (tmp_path / "x.csv").open(newline="", encoding="utf-8") as file:
        cells = [cell for row in csv.reader(file) for cell in row]
    assert "'=HYPERLINK(1)" in cells
    assert not [cell for cell in cells if cell.startswith("=")]
    save_codebook(tmp_path / "x.xlsx", HOSTILE)
    sheet = load_workbook(tmp_path / "x.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row if cell.value is not None} == {"s"}


def test_a_table_of_three_columns_is_enough(tmp_path):
    path = tmp_path / "book.csv"
    path.write_text("Dimension,Label,Definition\nDelivery mode,On line,Over the net\nDelivery mode,Off line,\n")
    codebook = read_codebook(path, kind="multilabel")
    (only,) = codebook.dimensions
    assert (codebook.name, only.id, only.name, only.kind) == ("book", "delivery_mode", "Delivery mode", "multilabel")
    assert [(one.id, one.label, one.definition) for one in only.codes] == [
        ("on_line", "On line", "Over the net"), ("off_line", "Off line", ""),
    ]  # fmt: skip


def test_a_refi_codebook_of_another_program_becomes_a_draft(tmp_path):
    path = tmp_path / "themes.qdc"
    code = '<Code guid="00000000-0000-0000-0000-00000000000{}" name="{}" isCodable="true">{}</Code>'
    inner = code.format(2, "Cost", "<Description>What it costs</Description>" + code.format(3, "Cost", ""))
    path.write_text(
        '<CodeBook xmlns="urn:QDA-XML:codebook:1.0"><Codes>'
        + code.format(1, "Barriers", inner) + code.format(4, "Quote me", "") + "</Codes></CodeBook>",
        encoding="utf-8",
    )  # fmt: skip
    codebook = read_codebook(path)
    assert [(one.id, one.kind) for one in codebook.dimensions] == [("barriers", "nominal"), ("codes", "multilabel")]
    assert [one.id for one in codebook.dimensions[0].codes] == ["cost", "cost_2"]
    assert codebook.name == "themes"


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("x.qdc", "<CodeBook", "not valid XML"),
        ("x.qdc", '<!DOCTYPE a [<!ENTITY b "c">]><CodeBook/>', "document type"),
        ("x.qdc", "<Other/>", "holds no codes"),
        ("x.csv", "dimension,code\n,a\n", "line 2: names no dimension"),
        ("x.csv", "dimension,code,settings\nd,a,{\n", "line 2"),
        ("x.csv", "dimension,code,kind\nd,a,wrong\n", "kind must be one of"),
        ("x.docx", "x", "codebooks are not read from '.docx'"),
    ],
)
def test_what_is_no_codebook_is_refused_with_its_place(tmp_path, name, text, told):
    (tmp_path / name).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=told):
        read_codebook(tmp_path / name)


def test_the_configuration_for_label_studio_is_xml_with_all_codes(tmp_path):
    save_codebook(tmp_path / "x.xml", HOSTILE)
    root = ElementTree.parse(tmp_path / "x.xml").getroot()
    mode = next(one for one in root.iter("Choices") if one.get("name") == "mode")
    assert [choice.get("value") for choice in mode] == ["a", "1", "absent", "not_applicable", "undecidable"]
    assert mode[0].get("hint") == "=HYPERLINK(1)"
