"""Files that hold no table of codings: one line that says where and what to do."""

from __future__ import annotations

import pytest

from coder.errors import InputError
from coder.gold.grid import read_grid


def refused(path) -> str:
    with pytest.raises(InputError) as caught:
        read_grid(path)
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value.message


def test_a_missing_file_is_named(tmp_path):
    assert "none.csv: cannot be read" in refused(tmp_path / "none.csv")


@pytest.mark.parametrize("content", [b"", b"  \n \n"])
def test_an_empty_file_is_refused(tmp_path, content):
    (tmp_path / "x.csv").write_bytes(content)
    assert "empty" in refused(tmp_path / "x.csv")


def test_a_heading_without_rows_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("document,mode\n")
    assert "no row below the column names" in refused(tmp_path / "x.csv")


def test_an_ending_without_a_reader_is_refused(tmp_path):
    (tmp_path / "x.docx").write_text("x")
    assert "codings are not read from '.docx'" in refused(tmp_path / "x.docx")


def test_a_file_that_only_calls_itself_a_workbook_is_refused(tmp_path):
    (tmp_path / "x.xlsx").write_text("document,mode")
    assert "is no workbook" in refused(tmp_path / "x.xlsx")


def test_a_row_with_too_many_cells_is_named_by_its_line(tmp_path):
    (tmp_path / "x.csv").write_text('document,mode\n"a\nb",online\nc,online,offline\n')
    # the quoted cell spans lines 2 and 3, so the next row stands on line 4
    assert "x.csv, line 4: 3 cells where the first row has 2" in refused(tmp_path / "x.csv")


def test_a_quote_that_does_not_close_is_named_by_its_line(tmp_path):
    (tmp_path / "x.csv").write_text('document,mode\na,online\nb,"online\n')
    assert "x.csv, line 3:" in refused(tmp_path / "x.csv")


def test_short_rows_are_filled_and_blank_ones_skipped(tmp_path):
    (tmp_path / "x.csv").write_text("document\tmode\ttopics\n\na\tonline\n\t\t\n")
    table = read_grid(tmp_path / "x.csv")
    assert [(row.place, dict(row.cells)) for row in table.rows] == [
        ("line 3", {"document": "a", "mode": "online", "topics": ""})
    ]
    assert table.found == "tab-separated, UTF-8"


def test_a_cell_of_a_megabyte_is_read(tmp_path):
    (tmp_path / "x.csv").write_text(f"document,memo\na,{'x' * 1_000_000}\n")
    assert len(read_grid(tmp_path / "x.csv").rows[0].cells["memo"]) == 1_000_000
