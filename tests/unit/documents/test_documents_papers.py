"""PDF and Word documents in: long, parted, locked, scanned, broken and hostile ones."""

from __future__ import annotations

import io
import time
import zipfile
from pathlib import Path

import pytest
from matplotlib.backends.backend_pdf import PdfPages
from matplotlib.figure import Figure

from coder.documents.apart import ReadingApart
from coder.documents.pdf_text import reflowed
from coder.documents.readers import read_documents
from coder.errors import InputError

WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def write_pdf(path: Path, pages: list[str]) -> Path:
    with PdfPages(path) as pdf:
        for words in pages:
            figure = Figure(figsize=(6, 8))
            figure.text(0.1, 0.9, words, va="top", fontsize=9)
            pdf.savefig(figure)
    return path


def write_docx(path: Path, body: str) -> Path:
    kinds = '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", kinds)
        archive.writestr("word/document.xml", f'<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>')
    return path


def refusal(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_documents([path])
    assert caught.value.hint
    return caught.value.message


def test_a_pdf_of_200_pages_comes_in_whole_and_in_order(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "long.pdf", [f"Page number {n} begins.\nIt says marker-{n} once." for n in range(200)])
    result = read_documents([path])
    (document,) = result.documents
    at = [document.text.index(f"marker-{n} once") for n in range(200)]
    assert at == sorted(at)
    assert result.notes[0] == "long.pdf: 200 pages, PDF"
    assert document.language == "en"


def test_lines_become_paragraphs_and_parted_words_whole() -> None:
    page = (
        "Prices\n"
        "The program was devel\x02oped for residents who read\n"
        "images every day, and its well\x02known teachers come\n"
        "back each year.\n"
        "- first item\n- second item"
    )
    assert reflowed(page, "a well-known book") == (
        "Prices\nThe program was developed for residents who read images every day, and its well-known teachers come "
        "back each year.\n- first item\n- second item"
    )


def test_a_scan_is_named_as_one_and_beside_readable_files_listed(tmp_path: Path) -> None:
    write_pdf(tmp_path / "scan.pdf", ["", ""])
    assert "scanned" in refusal(tmp_path / "scan.pdf")
    write_pdf(tmp_path / "half.pdf", ["Words on the first page.", ""])
    result = read_documents([tmp_path])
    assert [one.name for one in result.documents] == ["half"]
    assert "scan.pdf" in result.problems[0]
    assert any("1 of 2 pages hold no text" in note for note in result.notes)


@pytest.mark.parametrize(
    "body", [b"%PDF-1.7\n%%EOF", b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 1 0 R>>endobj trailer<</Root 1 0 R>>"]
)
def test_a_broken_pdf_is_refused(tmp_path: Path, body: bytes) -> None:
    (tmp_path / "a.pdf").write_bytes(body)
    assert "a.pdf" in refusal(tmp_path / "a.pdf")


def test_a_page_that_takes_too_long_is_given_up_and_the_next_one_is_read() -> None:
    reader = ReadingApart(limit_s=0.001)  # no process starts in a millisecond, so that any page takes too long
    began = time.monotonic()
    with pytest.raises(InputError, match="takes more than"):
        reader.read(b"<p>slow</p>", "slow.html", media_type="text/html")
    assert time.monotonic() - began < 20
    reader._limit = 60
    assert reader.read(b"<p>next</p>", "next.html", media_type="text/html", whole=True).text == "next"
    reader.close()


def test_a_word_document_becomes_lines_and_cells(tmp_path: Path) -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    body = (
        "<w:p><w:r><w:t>A course.</w:t></w:r></w:p>"
        f"<w:tbl><w:tr>{cell.format('Price')}{cell.format('EUR 5')}</w:tr></w:tbl>"
    )
    (document,) = read_documents([write_docx(tmp_path / "a.docx", body)]).documents
    assert document.text == "A course.\nPrice\tEUR 5"


def test_a_zip_that_is_no_word_document_and_a_bomb_are_refused(tmp_path: Path) -> None:
    plain, bomb = io.BytesIO(), tmp_path / "bomb.docx"
    with zipfile.ZipFile(plain, "w") as archive:
        archive.writestr("a.txt", "a")
    (tmp_path / "z.docx").write_bytes(plain.getvalue())
    assert "no Word document" in refusal(tmp_path / "z.docx")
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", bytes(210_000_000))
    assert "unpacks to" in refusal(bomb)
