"""Tables in: CSV, XLSX and JSON lines."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from coder.documents.readers import read_documents
from coder.documents.records import ImportOptions, ImportResult
from coder.errors import InputError


def read(path: Path, **options: object) -> ImportResult:
    return read_documents([path], ImportOptions.model_validate(options))


def written(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def workbook(path: Path, *rows: list[object], title: str = "Talks") -> Path:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.create_sheet("Notes").append(["text"])
    book.save(path)
    return path


def refusal(path: Path, **options: object) -> InputError:
    with pytest.raises(InputError) as caught:
        read(path, **options)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value


@pytest.mark.parametrize(
    ("delimiter", "encoding", "found"),
    [
        (",", "utf-8", "comma-separated, UTF-8"),
        (";", "cp1252", "semicolon-separated, Windows-1252"),
        ("\t", "utf-16", "tab-separated, UTF-16"),
        (";", "utf-16-le", "semicolon-separated, UTF-16"),
        ("|", "utf-8-sig", "bar-separated, UTF-8 with byte order mark"),
    ],
)
def test_delimiter_and_encoding_are_found_and_told(tmp_path: Path, delimiter: str, encoding: str, found: str) -> None:
    rows = [["nr", "text", "Preis"], ["01", "Zürich – für Ärzte", "1.200"], ["02", "Genève, l'été", "0,50"]]
    lines = "".join(delimiter.join(f'"{cell}"' for cell in row) + "\r\n" for row in rows)
    result = read(written(tmp_path / "talks.csv", lines, encoding))
    assert result.notes[0] == f"talks.csv: {found}, 2 rows; text from 'text', id from 'nr'"
    assert [(d.name, d.text, d.variables) for d in result.documents] == [
        ("01", "Zürich – für Ärzte", {"Preis": "1.200"}),
        ("02", "Genève, l'été", {"Preis": "0,50"}),
    ]


def test_commas_in_unquoted_text_do_not_hide_the_semicolon(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id;text\n1;Hello, dear, world\n2;Bye, bye\n")
    assert [document.text for document in read(path).documents] == ["Hello, dear, world", "Bye, bye"]


def test_a_file_of_one_column_needs_no_delimiter(tmp_path: Path) -> None:
    result = read(written(tmp_path / "a.csv", 'note\nHello, world\n"Two\nlines"\n'))
    assert [(d.name, d.text) for d in result.documents] == [("a-1", "Hello, world"), ("a-2", "Two\nlines")]


def test_the_separator_line_of_excel_is_obeyed(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "sep=;\r\nid;text\r\n1;a,b\r\n")
    assert read(path).documents[0].text == "a,b"


def test_several_text_columns_are_joined_by_a_blank_line(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,Title,text\n1,AI,Course.\n2,,Alone.\n")
    texts = [document.text for document in read(path, text_columns=("title", "text")).documents]
    assert texts == ["AI\n\nCourse.", "Alone."]


def test_a_row_knows_the_line_it_starts_on(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'id,text\n1,"one\ntwo"\n\n2,three\n')
    assert [document.source for document in read(path).documents] == ["a.csv, line 2", "a.csv, line 5"]


def test_a_ragged_row_is_named_by_its_line(tmp_path: Path) -> None:
    error = refusal(written(tmp_path / "a.csv", 'id,text\n1,"one\ntwo"\n2,three,four\n'))
    assert error.message.endswith("a.csv, line 4: 3 cells where the first row has 2")


def test_a_quote_that_never_closes_is_named_by_its_line(tmp_path: Path) -> None:
    assert "a.csv, line 3: " in refusal(written(tmp_path / "a.csv", 'id,text\n1,one\n2,"three\n')).message


def test_without_a_text_column_the_columns_are_listed(tmp_path: Path) -> None:
    error = refusal(written(tmp_path / "a.csv", "nn,title,url\n1,AI,x\n"))
    assert error.message.endswith("no column is plainly the text; the columns are nn, title, url")
    assert "--text" in error.hint


def test_two_likely_text_columns_are_not_chosen_from(tmp_path: Path) -> None:
    assert "'Text' and 'abstract'" in refusal(written(tmp_path / "a.csv", "Text,abstract\na,b\n")).message


def test_an_unknown_column_is_refused_with_the_list(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,text\n1,a\n")
    assert "no column 'nope'; the columns are id, text" in refusal(path, text_columns=("nope",)).message
    assert refusal(path, id_column="nope").hint == "correct --id"


def test_an_id_that_comes_twice_is_refused_with_both_lines(tmp_path: Path) -> None:
    error = refusal(written(tmp_path / "a.csv", "id,text\n7,a\n8,b\n7,c\n"))
    assert error.message.endswith("a.csv, line 4: the id '7' stands already in line 2")


def test_a_row_without_text_is_a_problem_and_the_rest_is_read(tmp_path: Path) -> None:
    result = read(written(tmp_path / "a.csv", "id,text\n1,a\n2, \n3,c\n"))
    assert [document.name for document in result.documents] == ["1", "3"]
    assert len(result.problems) == 1
    assert "a.csv, line 3: there is no text" in result.problems[0]


def test_a_table_without_any_text_is_refused(tmp_path: Path) -> None:
    assert "line 2: there is no text" in refusal(written(tmp_path / "a.csv", "id,text\n1,\n")).message


@pytest.mark.parametrize("content", ["", " \n\n", "\ufeff"])
def test_an_empty_file_is_refused(tmp_path: Path, content: str) -> None:
    assert "a.csv" in refusal(written(tmp_path / "a.csv", content)).message


def test_a_header_alone_is_refused(tmp_path: Path) -> None:
    assert "no row below" in refusal(written(tmp_path / "a.csv", "id,text\n")).message


def test_a_cell_longer_than_the_csv_module_allows_by_default_is_read(tmp_path: Path) -> None:
    text = "word " * 100_000  # half a megabyte; the module's default limit is 131,072 characters
    path = written(tmp_path / "a.csv", f"id,text\n1,{text}\n")
    assert read(path).documents[0].text == text.rstrip()


def test_cells_that_look_like_numbers_or_formulas_stay_as_written(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,text,zip,sum\n007,a,0123,=1+1\n")
    document = read(path).documents[0]
    assert (document.name, document.variables) == ("007", {"zip": "0123", "sum": "=1+1"})


def test_a_stated_language_is_used_before_the_one_read_from_the_text(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,text,language\n1,The price of the course is low for you.,de-CH\n2,x,\n")
    result = read(path)
    assert [document.language for document in result.documents] == ["de", ""]
    assert "'1' states de and reads as en" in result.notes[-1]


def test_a_stated_encoding_is_the_only_one_tried(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "id,text\n1,Москва\n", "cp1251")
    assert read(path, encoding="cp1251").documents[0].text == "Москва"
    assert "not in the encoding 'utf-8'" in refusal(path, encoding="utf-8").message
    assert "no encoding 'klingon'" in refusal(path, encoding="klingon").message


def test_excel_values_are_kept_as_people_see_them(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        ["id", "text", "year", "fee", "held", "open", "gap"],
        [1, "Course.", 2021.0, 12.5, datetime(2021, 3, 4), True, None],
        [],
        [2, "Talk."],
    )
    result = read(path)
    assert result.notes[0] == "a.xlsx: Excel, sheet 'Talks' of 2, 2 rows; text from 'text', id from 'id'"
    first, second = result.documents
    assert first.variables == {"year": "2021", "fee": "12.5", "held": "2021-03-04", "open": "TRUE", "gap": ""}
    assert (second.name, second.source) == ("2", "a.xlsx, row 4")


def test_an_unknown_sheet_is_refused_with_the_list(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["text"], ["a"])
    assert "no sheet 'Nope'; the sheets are Talks, Notes" in refusal(path, sheet="Nope").message


def test_a_cell_beyond_the_named_columns_is_named_by_its_row(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["id", "text"], [1, "a"], [2, "b", "c"])
    assert "a.xlsx, row 3: 3 cells where the first row has 2" in refusal(path).message


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    assert "no .xlsx workbook" in refusal(written(tmp_path / "a.xlsx", b"\xd0\xcf\x11\xe0 old")).message


def test_a_workbook_with_a_broken_part_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", ["text"], ["a"])
    with zipfile.ZipFile(path) as source:
        parts = {name: source.read(name) for name in source.namelist()}
    with zipfile.ZipFile(path, "w") as target:
        for name, content in parts.items():
            target.writestr(name, content[: len(content) // 2])
    assert "damaged" in refusal(path).message


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(21):  # 21 parts of 10 MB, some 200 KB packed
            archive.writestr(f"xl/part{number}.xml", bytes(10_000_000))
    assert "unpacks to 210 MB" in refusal(written(tmp_path / "a.xlsx", packed.getvalue())).message


def test_json_lines_keep_numbers_as_written_and_nested_values_as_json(tmp_path: Path) -> None:
    path = written(
        tmp_path / "a.jsonl",
        '{"id": 1, "text": "One.", "fee": 1.50, "free": false, "none": null, "tags": ["ä", 2.0]}\n\n'
        '{"id": 2, "text": "Two.", "extra": "e"}\r\n',
    )
    first, second = read(path).documents
    assert first.variables == {"fee": "1.50", "free": "false", "none": "", "tags": '["ä", 2.0]'}
    assert (second.name, second.variables, second.source) == ("2", {"extra": "e"}, "a.jsonl, line 3")


@pytest.mark.parametrize("line", ['{"text": ', "[1, 2]", '"text"', "[" * 100_000, '{"n": ' + "9" * 5000 + "}"])
def test_a_line_that_is_no_json_object_is_named(tmp_path: Path, line: str) -> None:
    path = written(tmp_path / "a.jsonl", '{"text": "One."}\n' + line + "\n")
    assert "a.jsonl, line 2: not " in refusal(path).message


def test_a_lone_surrogate_in_json_can_be_stored(tmp_path: Path) -> None:
    path = written(tmp_path / "a.jsonl", '{"text": "a\\ud800b", "note": "\\udfff"}\n')
    document = read(path).documents[0]
    assert (document.text, document.variables) == ("a\ufffdb", {"note": "\ufffd"})
